namespace KernelBuild.Fetch.Manifests;

/// <summary>A name and a value for tools that read manifests.</summary>
/// <param name="Keep">Whether it stays in a pinned manifest.</param>
internal sealed record ManifestAnnotation(string Name, string Value, bool Keep)
{
    public static ManifestAnnotation Of(ManifestNode node) => new(
        node.Required("name"),
        node.Required("value"),
        (node.Text("keep") ?? "true").ToUpperInvariant() switch
        {
            "TRUE" => true,
            "FALSE" => false,
            _ => throw node.Place.Fault("keep of an annotation is neither true nor false"),
        });
}
