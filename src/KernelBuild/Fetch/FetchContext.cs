using KernelBuild.CheckOut;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch;

/// <summary>What a source needs to become a commit.</summary>
/// <param name="Locked">What the lock file says of this very spec; null when it says nothing.</param>
/// <param name="Strict">--locked: exactly that, or an error.</param>
/// <param name="WorkTree">Where the first import may leave the files as well; null when a tree stands there already.</param>
internal sealed record FetchContext(
    CacheFolder Cache, GitStore Store, IBuildLog Log, LockedSource? Locked, bool Strict, WorkTree? WorkTree);
