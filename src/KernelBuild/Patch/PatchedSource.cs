using System.Collections.Immutable;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;

namespace KernelBuild.Patch;

/// <param name="Commit">The source with every patch on it.</param>
/// <param name="Tree">Of that commit: the identity of the sources.</param>
/// <param name="Patches">In the order they were applied.</param>
public sealed record PatchedSource(GitObjectId Commit, GitObjectId Tree, ImmutableArray<PatchRecord> Patches);

/// <param name="Series">Name of the series.</param>
/// <param name="Name">As the series names it; a patch of a mailbox has its number behind a '#'.</param>
/// <param name="Sha256">Of the patch file.</param>
/// <param name="Commit">The commit it made.</param>
/// <param name="Subject">First line of its message.</param>
public sealed record PatchRecord(string Series, string Name, Sha256Digest Sha256, GitObjectId Commit, string Subject);
