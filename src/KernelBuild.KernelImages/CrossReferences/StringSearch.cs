using System.Collections.Immutable;
using System.Text;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>Texts in a kernel, and who refers to them.</summary>
public sealed class StringSearch(KernelImage image)
{
    private const int LongestText = 512;
    private const int MostTexts = 10_000;
    private const byte StartOfHeader = 1;

    // Printable ASCII, and what messages are laid out with.
    private static readonly System.Buffers.SearchValues<byte> Letters = System.Buffers.SearchValues.Create(
        [(byte)'\t', (byte)'\n', (byte)'\r', .. Enumerable.Range(0x20, 0x5f).Select(letter => (byte)letter)]);

    private readonly CodeMap _code = new(image);

    /// <summary>
    /// NUL-terminated texts that contain one of the given, by address, each with the code and the data that refer to its start.
    /// </summary>
    /// <param name="texts">Printable ASCII.</param>
    /// <param name="ignoreCase">Whether letters of both cases are one.</param>
    public ImmutableArray<FoundText> Find(IEnumerable<string> texts, bool ignoreCase = false)
    {
        var found = new SortedDictionary<ulong, string>();
        foreach (var text in texts)
        {
            Collect(Encoding.Latin1.GetBytes(text), ignoreCase, found);
        }

        var starts = found.Keys.ToHashSet();
        var references = AddressScan.To(image, _code, starts.Contains).Concat(Pointers(starts)).ToLookup(reference => reference.To);
        return
        [
            .. found.Select(pair => new FoundText(pair.Key, pair.Value, [.. references[pair.Key].OrderBy(reference => reference.From)])),
        ];
    }

    private void Collect(byte[] wanted, bool ignoreCase, SortedDictionary<ulong, string> found)
    {
        var bytes = image.Bytes.Span;
        for (var from = 0; wanted.Length > 0 && from < bytes.Length && found.Count < MostTexts;)
        {
            var at = ignoreCase ? IndexIgnoringCase(bytes[from..], wanted) : bytes[from..].IndexOf(wanted);
            if (at < 0)
            {
                return;
            }

            at += from;
            from = at + wanted.Length;
            var first = Math.Max(0, at - LongestText);
            var start = bytes[first..at].LastIndexOfAnyExcept(Letters) + 1 + first;
            var end = bytes[start..Math.Min(bytes.Length, start + (2 * LongestText))].IndexOf((byte)0);
            if (end <= 0 || bytes.Slice(start, end).ContainsAnyExcept(Letters))
            {
                continue;
            }

            // printk's level stands in front of a message (include/linux/kern_levels.h, KERN_SOH): code takes the address of that
            var text = Encoding.ASCII.GetString(bytes.Slice(start, end));
            var isMessage = start > 0 && bytes[start - 1] == StartOfHeader;
            found[image.Base.GetValueOrDefault() + (ulong)(isMessage ? start - 1 : start)] = isMessage ? text[1..] : text;
        }
    }

    private static int IndexIgnoringCase(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> wanted)
    {
        var (lower, upper) = ((byte)char.ToLowerInvariant((char)wanted[0]), (byte)char.ToUpperInvariant((char)wanted[0]));
        for (var from = 0; bytes.Length - from >= wanted.Length;)
        {
            var at = bytes[from..].IndexOfAny(lower, upper);
            if (at < 0 || bytes.Length - from - at < wanted.Length)
            {
                return -1;
            }

            if (Ascii.EqualsIgnoreCase(bytes.Slice(from + at, wanted.Length), wanted))
            {
                return from + at;
            }

            from += at + 1;
        }

        return -1;
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
