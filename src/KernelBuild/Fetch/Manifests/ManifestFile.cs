namespace KernelBuild.Fetch.Manifests;

/// <summary>A copyfile or a linkfile.</summary>
/// <param name="Folder">Of the project when the element was read: repo keeps it also when the project is moved afterwards.</param>
/// <param name="Source">In the project; of a link also ".", a folder, or a pattern.</param>
/// <param name="Destination">From the top of the tree.</param>
internal sealed record ManifestFile(string Folder, string Source, string Destination, ManifestPlace Place)
{
    public static ManifestFile Of(ManifestNode node, string folder)
    {
        var isLink = node.Name == "linkfile";
        var file = new ManifestFile(folder, node.Required("src"), node.Required("dest"), node.Place);
        ManifestPath.Require(node, "dest", file.Destination);
        ManifestPath.Require(node, "src", file.Source, mayBeFolder: isLink, mayBeDot: isLink);
        return file;
    }

    public bool IsSame(ManifestFile other) =>
        Folder == other.Folder && Source == other.Source && Destination == other.Destination;
}
