using System.Collections.Immutable;
using System.Xml;
using System.Xml.Linq;

namespace KernelBuild.Fetch.Manifests;

/// <summary>An element of a manifest, with what the includes above it say of it.</summary>
/// <param name="Groups">Of all includes on the way; they count for project and extend-project.</param>
/// <param name="Revision">Of the include, for what has no revision of its own; null for none.</param>
internal sealed record ManifestNode(XElement Element, ManifestPlace Place, ImmutableSortedSet<string> Groups, string? Revision)
{
    /// <summary>Elements with a prefix are none that repo knows.</summary>
    public string Name => Element.Name.Namespace == Element.GetDefaultNamespace() ? Element.Name.LocalName : "";

    public IEnumerable<ManifestNode> Children =>
        Element.Elements().Select(child => this with { Element = child, Place = Of(Place, child) });

    public static ManifestPlace Of(ManifestPlace file, XElement element) => file with { Line = ((IXmlLineInfo)element).LineNumber };

    /// <summary>Null when it is not there or empty, which repo does not tell apart.</summary>
    public string? Text(string attribute) => Element.Attribute(attribute)?.Value is { Length: > 0 } value ? value : null;

    public string Required(string attribute) => Text(attribute) ?? throw Place.Fault($"<{Name}> has no {attribute}");

    public ImmutableSortedSet<string> Set(string attribute) => ManifestGroups.Split(Text(attribute) ?? "");

    /// <summary>Anything that is no boolean counts as the default; repo warns of it.</summary>
    public bool Flag(string attribute, bool otherwise) => Text(attribute)?.ToUpperInvariant() switch
    {
        "YES" or "TRUE" or "1" => true,
        "NO" or "FALSE" or "0" => false,
        _ => otherwise,
    };

    public int? Positive(string attribute) => Text(attribute) is not { } text ? null
        : int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0 ? number
        : throw Place.Fault($"{attribute} is '{text}'; a whole number above 0 was expected");
}
