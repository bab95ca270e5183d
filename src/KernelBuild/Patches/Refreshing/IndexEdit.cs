using KernelBuild.Store;

namespace KernelBuild.Patches.Refreshing;

/// <summary>The blobs that a file has before and after the patch.</summary>
/// <param name="HeaderNumber">Line of the file's header in the patch file, counted from 1.</param>
internal sealed record IndexEdit(int HeaderNumber, GitObjectId Old, GitObjectId New);
