namespace KernelBuild.Fetch.Manifests;

/// <summary>The remotes of a manifest by their names; two of one name must be equal.</summary>
internal sealed class ManifestRemotes
{
    private readonly SortedDictionary<string, ManifestRemote> _byName = new(StringComparer.Ordinal);

    public IReadOnlyList<ManifestRemote> All => [.. _byName.Values];

    public void Add(ManifestNode node)
    {
        var remote = ManifestRemote.Of(node);
        if (!_byName.TryAdd(remote.Name, remote) && !_byName[remote.Name].Equals(remote))
        {
            throw node.Place.Fault($"the remote '{remote.Name}' is there twice, with different attributes");
        }
    }

    /// <summary>The remote that an element names; null when it names none.</summary>
    public ManifestRemote? Named(ManifestNode node) =>
        node.Text("remote") is not { } name ? null
        : _byName.GetValueOrDefault(name) ?? throw node.Place.Fault($"the remote '{name}' is not defined");
}
