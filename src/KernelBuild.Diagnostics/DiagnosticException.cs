namespace KernelBuild.Diagnostics;

/// <summary>
/// Carries findings of error level out of code that cannot go on. Everything a user can cause ends here; any other
/// exception is a bug and keeps its stack.
/// </summary>
public sealed class DiagnosticException : Exception
{
    public DiagnosticException(params IReadOnlyList<Diagnostic> diagnostics)
        : base(string.Join("\n", diagnostics))
    {
        Diagnostics = diagnostics;
    }

    public DiagnosticException(Diagnostic diagnostic, Exception inner)
        : base(diagnostic.ToString(), inner)
    {
        Diagnostics = [diagnostic];
    }

    /// <summary>At least one, at least one of them an error.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }
}
