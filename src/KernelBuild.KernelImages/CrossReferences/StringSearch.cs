using System.Collections.Immutable;
using System.Text;
using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>Texts in a kernel, and who refers to them.</summary>
public sealed class StringSearch(KernelImage image)
{
    private const int LongestText = 512;
    private const int MostTexts = 10_000;
    private readonly CodeMap _code = new(image);

    /// <summary>
    /// NUL-terminated texts that contain the given one, by address, each with the code and the data that refer to its start.
    /// </summary>
    public ImmutableArray<FoundText> Find(string text)
    {
        var found = new SortedDictionary<ulong, string>();
        var bytes = image.Bytes.Span;
        var wanted = Encoding.Latin1.GetBytes(text);
        for (var from = 0; wanted.Length > 0 && from < bytes.Length && found.Count < MostTexts;)
        {
            var at = bytes[from..].IndexOf(wanted);
            if (at < 0)
            {
                break;
            }

            at += from;
            from = at + wanted.Length;
            var start = bytes[Math.Max(0, at - LongestText)..at].LastIndexOfAnyExceptInRange((byte)0x20, (byte)0x7e) + 1
                + Math.Max(0, at - LongestText);
            if (KernelBytes.Text(bytes, start, LongestText) is { IsEmpty: false } whole)
            {
                found[image.Base.GetValueOrDefault() + (ulong)start] = Encoding.ASCII.GetString(whole);
            }
        }

        var starts = found.Keys.ToHashSet();
        var references = AddressScan.To(image, _code, starts.Contains).Concat(Pointers(starts)).ToLookup(reference => reference.To);
        return
        [
            .. found.Select(pair => new FoundText(pair.Key, pair.Value, [.. references[pair.Key].OrderBy(reference => reference.From)])),
        ];
    }

    private IEnumerable<Reference> Pointers(HashSet<ulong> starts)
    {
        foreach (var (place, target) in PointerScan.To(image, starts))
        {
            var index = _code.Symbols.IndexBelow(place);
            var isNamed = index >= 0 && !_code.Symbols[index].IsCode;
            yield return new Reference(
                ReferenceKind.DataPointer, place, isNamed ? _code.NameAt(place) : "", isNamed ? place - _code.Symbols.Addresses[index] : 0,
                target);
        }
    }
}
