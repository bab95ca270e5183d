namespace KernelBuild.Fetch;

/// <summary>What is known of one source of a device.</summary>
/// <param name="Path">Its folder in the tree; "." for the kernel's.</param>
/// <param name="Spec">As the project, or for a submodule the tree, names it.</param>
/// <param name="Lines">What is pinned, how old it is, who vouches for it, what it is now: a label and a text each.</param>
/// <param name="HasMoved">Whether the server has something else now; null when nobody was asked, or it cannot move.</param>
public sealed record SourceRow(string Path, string Spec, IReadOnlyList<(string Label, string Text)> Lines, bool? HasMoved);
