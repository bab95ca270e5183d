using System.Xml.Linq;

namespace KernelBuild.Fetch.Manifests;

/// <summary>The text that a manifest shows to its users, without its indentation (PEP 257, as repo trims it).</summary>
internal static class ManifestNotice
{
    public static string Of(XElement element)
    {
        var text = string.Concat(element.Nodes().TakeWhile(node => node is XText).Cast<XText>().Select(node => node.Value));
        var lines = text.Split('\n');
        var indentation = lines.Skip(1).Where(line => line.Trim().Length > 0)
            .Select(line => line.Length - line.TrimStart().Length)
            .DefaultIfEmpty(0)
            .Min();
        var clean = lines.Skip(1).Select(line => (line.Length > indentation ? line[indentation..] : "").TrimEnd()).Prepend(lines[0].Trim());
        return string.Join('\n', clean).Trim('\n');
    }
}
