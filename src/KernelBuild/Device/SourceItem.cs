using System.Collections.Immutable;

namespace KernelBuild.Device;

/// <summary>A KernelSource item of a device project.</summary>
/// <param name="Include">debian:…, git:…, repo:…, archive:… or path:…, relative to the project's folder.</param>
public sealed record SourceItem(string Include)
{
    /// <summary>The folder of the composed tree that it stands in; empty for the source that the others are put into.</summary>
    public string Path { get; init; } = "";

    /// <summary>Further addresses of the same repository or file, asked in order when the one before does not give it.</summary>
    public ImmutableArray<string> Mirrors { get; init; } = [];

    /// <summary>Groups of a manifest's projects that are wanted, as repo's -g has them; empty for its default.</summary>
    public ImmutableArray<string> Groups { get; init; } = [];

    /// <summary>Files of public keys, relative to the project's folder, of which one must have signed the source.</summary>
    public ImmutableArray<string> SigningKeys { get; init; } = [];

    /// <summary>File or URL of an archive's signature, or of a signed list of digests; empty for sha256sums.asc beside it.</summary>
    public string Signature { get; init; } = "";

    /// <summary>Fetch the submodules of a repository, too; otherwise their folders stay empty.</summary>
    public bool Submodules { get; init; } = true;
}
