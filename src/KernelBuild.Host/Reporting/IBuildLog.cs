using KernelBuild.Diagnostics;

namespace KernelBuild.Host.Reporting;

/// <summary>Where a stage says what it does.</summary>
public interface IBuildLog : IDiagnosticSink
{
    /// <summary>A line worth reading in every log.</summary>
    void Status(string message);

    /// <summary>How far a long step is; may come often, is shown in place in a terminal and now and then elsewhere.</summary>
    /// <param name="fraction">0 to 1, or null when the end is not known.</param>
    void Progress(string message, double? fraction = null);
}
