using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Engine;

/// <summary>Turns a commit and series into a commit: wholly or not at all, with zero fuzz, equal inputs giving equal ids.</summary>
public interface IPatchEngine
{
    /// <summary>Part of the content key: raised when the engine begins to give other results.</summary>
    int Version { get; }

    /// <param name="baseCommit">A commit of the store.</param>
    /// <param name="patches">All patches in order.</param>
    /// <param name="findings">Takes notes, such as of a hunk that applied at an offset.</param>
    /// <exception cref="DiagnosticException">KB2002 to KB2011: naming patch, file and hunk. Nothing has changed.</exception>
    Task<IReadOnlyList<AppliedPatch>> ApplyAsync(
        GitObjectId baseCommit, IReadOnlyList<PatchFile> patches, IDiagnosticSink findings, CancellationToken cancellationToken);
}
