using System.CommandLine;
using System.Text.Json.Serialization;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.CommandLine;

/// <summary>
/// The document of a command that was asked for one and failed before it wrote it: version and findings alone, so that a program reads one
/// document whatever happens.
/// </summary>
internal sealed record FailureReport : JsonReport
{
    /// <summary>Writes it, where <c>--json</c> is given and nothing was written.</summary>
    public static void Write(ParseResult result, TextWriter output, IReadOnlyList<Diagnostic> findings)
    {
        if (output is TerminalWriter { HasWritten: false }
            && result.CommandResult.Command.Options.FirstOrDefault(option => option.Name == "--json") is { } json
            && result.GetResult(json) is { Implicit: false })
        {
            JsonOutput.Write(
                output,
                new FailureReport { Findings = [.. findings.Select(finding => FindingInfo.From(finding) with { File = finding.File })] },
                FailureJson.Default.FailureReport);
        }
    }
}

[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FailureReport))]
internal sealed partial class FailureJson : JsonSerializerContext;
