using System.Text.Json.Serialization;

namespace KernelBuild.Caching;

/// <summary>JSON of what became of the calls.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CompilerCalls))]
internal sealed partial class CachingJson : JsonSerializerContext;
