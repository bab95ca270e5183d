using KernelBuild.Git.Objects;

namespace KernelBuild.Patches.Refresh;

/// <summary>The blobs that a file has before and after the patch.</summary>
/// <param name="HeaderNumber">Line of the file's header in the patch file, counted from 1.</param>
internal sealed record IndexEdit(int HeaderNumber, GitObjectId Old, GitObjectId New);
