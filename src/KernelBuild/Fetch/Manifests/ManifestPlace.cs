using KernelBuild.Diagnostics;

namespace KernelBuild.Fetch.Manifests;

/// <summary>Where something of a manifest stands.</summary>
/// <param name="Repository">The manifest's repository, as it is printed.</param>
/// <param name="File">In that repository.</param>
/// <param name="Line">Counted from 1; 0 when it is about the whole file.</param>
internal sealed record ManifestPlace(string Repository, string File, int Line)
{
    private const string Fix = "correct the manifest in its repository, or name another file or ref of it";

    /// <summary>KB1024.</summary>
    public DiagnosticException Fault(string what, string fix = Fix) => new(Diagnostic.Error(
        DiagnosticCodes.ManifestInvalid, SourceAddress.Redacted($"the manifest of {Repository}: {what}"), fix) with
    { File = File, Line = Line });

    /// <summary>KB1025: repo prints an error for it, leaves the file out and goes on.</summary>
    public Diagnostic NotMade(string what) => Diagnostic.Warning(
        DiagnosticCodes.ManifestFileNotMade, SourceAddress.Redacted($"the manifest of {Repository}: {what}"), Fix) with
    { File = File, Line = Line };
}
