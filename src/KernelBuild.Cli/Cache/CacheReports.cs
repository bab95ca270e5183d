using System.Text.Json.Serialization;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Cache;

/// <summary>The JSON document of <c>cache why --json</c>.</summary>
/// <param name="Objects">Of those asked for that are recorded.</param>
internal sealed record CacheWhyReport(IReadOnlyList<CacheAnswer> Objects) : JsonReport;

/// <summary>An object file, and what the compiler cache did with the call that made it.</summary>
/// <param name="Outcome">local hit, remote hit, or miss.</param>
/// <param name="Reason">Why it missed; empty for a hit.</param>
/// <param name="Details">What differs from the call before: options, include files.</param>
internal sealed record CacheAnswer(string Object, string Outcome, string Reason, IReadOnlyList<string> Details);

/// <summary>Generated forms of the JSON documents of this room.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CacheWhyReport))]
internal sealed partial class CacheJson : JsonSerializerContext;
