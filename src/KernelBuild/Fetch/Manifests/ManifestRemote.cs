using System.Collections.Immutable;

namespace KernelBuild.Fetch.Manifests;

/// <summary>A server that projects come from.</summary>
/// <param name="Fetch">As it is written, perhaps relative to the manifest's repository.</param>
internal sealed record ManifestRemote(string Name, string Fetch)
{
    public string? Alias { get; init; }

    public string? PushUrl { get; init; }

    public string? Review { get; init; }

    public string? Revision { get; init; }

    public ImmutableArray<ManifestAnnotation> Annotations { get; init; } = [];

    public static ManifestRemote Of(ManifestNode node) => new(node.Required("name"), node.Required("fetch"))
    {
        Alias = node.Text("alias"),
        PushUrl = node.Text("pushurl"),
        Review = node.Text("review"),
        Revision = node.Text("revision"),
        Annotations = [.. node.Children.Where(child => child.Name == "annotation").Select(ManifestAnnotation.Of)],
    };

    public bool Equals(ManifestRemote? other) =>
        other is not null
        && (Name, Fetch, Alias, PushUrl, Review, Revision)
            == (other.Name, other.Fetch, other.Alias, other.PushUrl, other.Review, other.Revision)
        && Sorted().SequenceEqual(other.Sorted());

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    private IOrderedEnumerable<ManifestAnnotation> Sorted() =>
        Annotations.OrderBy(one => one.Name, StringComparer.Ordinal).ThenBy(one => one.Value, StringComparer.Ordinal);
}
