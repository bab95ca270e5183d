using System.Text.Json.Serialization;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.CommandLine;

/// <summary>A diagnostic in JSON.</summary>
/// <param name="Code">"KB5002".</param>
/// <param name="Severity">"error", "warning" or "note".</param>
/// <param name="Message">One sentence.</param>
/// <param name="Offset">Byte offset in the file, or null.</param>
/// <param name="Fix">May be empty.</param>
/// <param name="Found">What stands there, or null.</param>
/// <param name="Expected">What ought to, or null.</param>
/// <param name="Consequence">What the bootloader will do about it; may be empty.</param>
internal sealed record FindingInfo(
    string Code, string Severity, string Message, long? Offset, string Fix, string? Found, string? Expected, string Consequence)
{
    /// <summary>The file that a failure is about; elsewhere the document names it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? File { get; init; }

    public static FindingInfo From(Diagnostic diagnostic) =>
        new(
            diagnostic.Code, NameOf(diagnostic.Severity), diagnostic.Message, diagnostic.Offset, diagnostic.Fix, diagnostic.Found,
            diagnostic.Expected, diagnostic.Consequence);

    public static string NameOf(DiagnosticSeverity severity) => severity switch
    {
        DiagnosticSeverity.Error => "error",
        DiagnosticSeverity.Warning => "warning",
        _ => "note",
    };
}
