using KernelBuild.Git.Objects;

namespace KernelBuild.Fetch;

/// <summary>The projects of a manifest of Android's repo tool, each in its folder.</summary>
/// <param name="Address">Of the repository that holds the manifest.</param>
/// <param name="File">The manifest in it.</param>
/// <param name="Groups">Of the projects that are wanted; none for what repo takes by default.</param>
public sealed record RepoManifestSpec(
    string Text, SourceAddress Address, string File, GitObjectId? Commit, string? Ref, IReadOnlyList<string> Groups)
    : KernelSourceSpec(Text);
