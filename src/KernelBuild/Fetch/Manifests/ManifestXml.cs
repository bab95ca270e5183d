using System.Collections.Immutable;
using System.Xml;
using System.Xml.Linq;

namespace KernelBuild.Fetch.Manifests;

/// <summary>The files of a manifest: read, and put together where they include each other.</summary>
/// <param name="read">The content of a file of the manifest's repository; null when there is none.</param>
internal sealed class ManifestXml(string repository, Func<string, CancellationToken, Task<byte[]?>> read)
{
    private readonly Stack<string> _open = new();

    /// <returns>The elements in the order in which repo sees them, those of included files in the place of the include.</returns>
    /// <exception cref="Diagnostics.DiagnosticException">KB1024.</exception>
    public async Task<IReadOnlyList<ManifestNode>> ReadAsync(string file, CancellationToken cancellationToken)
    {
        var nodes = new List<ManifestNode>();
        var place = new ManifestPlace(repository, file, 0);
        var content = await read(file, cancellationToken)
            ?? throw place.Fault("there is no such file", "name a file that the repository has at this ref");
        await AddAsync(place, content, ImmutableSortedSet.Create<string>(StringComparer.Ordinal), null, nodes, cancellationToken);
        return nodes;
    }

    private async Task AddAsync(
        ManifestPlace place, byte[] content, ImmutableSortedSet<string> groups, string? revision, List<ManifestNode> nodes,
        CancellationToken cancellationToken)
    {
        _open.Push(place.File);
        foreach (var element in Root(place, content).Elements())
        {
            var node = new ManifestNode(element, ManifestNode.Of(place, element), groups, revision);
            if (node.Name == "include")
            {
                await IncludeAsync(node, nodes, cancellationToken);
            }
            else
            {
                nodes.Add(node);
            }
        }

        _open.Pop();
    }

    private async Task IncludeAsync(ManifestNode node, List<ManifestNode> nodes, CancellationToken cancellationToken)
    {
        var name = node.Required("name");
        ManifestPath.Require(node, "name", name);
        if (_open.Contains(name))
        {
            throw node.Place.Fault($"'{name}' includes itself: {string.Join(" → ", _open.Reverse().Append(name))}");
        }

        var content = await read(name, cancellationToken)
            ?? throw node.Place.Fault($"the included file '{name}' is not in the repository");
        // an include without a revision of its own hands on that of the include above it
        await AddAsync(
            node.Place with { File = name, Line = 0 }, content, node.Groups.Union(node.Set("groups")),
            node.Element.Attribute("revision") is null ? node.Revision : node.Text("revision"), nodes, cancellationToken);
    }

    private static XElement Root(ManifestPlace place, byte[] content)
    {
        // no DTD: no entities that grow, no files and servers that they name
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(content), settings);
            var root = XDocument.Load(reader, LoadOptions.SetLineInfo).Root!;
            return root.Name == root.GetDefaultNamespace() + "manifest"
                ? root
                : throw ManifestNode.Of(place, root).Fault($"the file begins with <{root.Name.LocalName}>; <manifest> was expected");
        }
        catch (XmlException e)
        {
            throw (place with { Line = e.LineNumber }).Fault($"the file is no XML that can be read: {e.Message}");
        }
    }
}
