namespace KernelBuild.Diagnostics;

/// <summary>How much a finding matters. The values are ordered: a build fails on <see cref="Error"/> only.</summary>
public enum DiagnosticSeverity
{
    /// <summary>Worth knowing; nothing follows from it.</summary>
    Note,

    /// <summary>Work goes on, but the result may not be what was meant.</summary>
    Warning,

    /// <summary>There is no result.</summary>
    Error,
}
