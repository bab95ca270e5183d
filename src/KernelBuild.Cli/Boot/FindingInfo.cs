using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Boot;

/// <summary>A diagnostic in JSON.</summary>
/// <param name="Code">"KB5002".</param>
/// <param name="Severity">"error", "warning" or "note".</param>
/// <param name="Message">One sentence.</param>
/// <param name="Offset">Byte offset in the file, or null.</param>
/// <param name="Fix">May be empty.</param>
internal sealed record FindingInfo(string Code, string Severity, string Message, long? Offset, string Fix)
{
    public static FindingInfo From(Diagnostic diagnostic) =>
        new(diagnostic.Code, NameOf(diagnostic.Severity), diagnostic.Message, diagnostic.Offset, diagnostic.Fix);

    public static string NameOf(DiagnosticSeverity severity) => severity switch
    {
        DiagnosticSeverity.Error => "error",
        DiagnosticSeverity.Warning => "warning",
        _ => "note",
    };
}
