namespace KernelBuild.Diagnostics;

/// <summary>Takes findings that do not stop the work: warnings and notes. Errors are thrown.</summary>
public interface IDiagnosticSink
{
    void Report(Diagnostic diagnostic);
}
