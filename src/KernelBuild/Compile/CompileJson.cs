using System.Text.Json.Serialization;

namespace KernelBuild.Compile;

/// <summary>JSON of the compiled kernel.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CompiledKernel))]
internal sealed partial class CompileJson : JsonSerializerContext;
