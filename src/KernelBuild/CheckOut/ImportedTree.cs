using KernelBuild.Git.Objects;

namespace KernelBuild.CheckOut;

/// <summary>What an archive became.</summary>
/// <param name="Tree">Name of the root tree: the identity of the source.</param>
/// <param name="Entries">Its files, sorted by the bytes of their paths.</param>
/// <param name="TopFolder">The folder of the archive that the tree is the content of; "" when it is the archive's root.</param>
internal sealed record ImportedTree(GitObjectId Tree, IReadOnlyList<TreeEntry> Entries, string TopFolder);
