using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>
/// Reads what lspci printed: hexadecimal with -x, -xxx or -xxxx, sentences with -vvv, or both; with -D or without. Lines
/// that are neither are passed over, so a whole console log will do. Hexadecimal wins over sentences.
/// </summary>
public static class LspciText
{
    /// <summary>The functions found, by address; none when the text is something else.</summary>
    public static ImmutableArray<CapturedFunction> Read(ReadOnlySpan<byte> text)
    {
        var functions = new SortedDictionary<PciAddress, Entry>();
        Entry? current = null;
        foreach (var line in Encoding.Latin1.GetString(text).Split('\n'))
        {
            var trimmed = line.TrimEnd('\r', ' ');
            if (trimmed.Length == 0)
            {
                current = null;
            }
            else if (Header(trimmed, out var address, out var rest))
            {
                if (!functions.TryGetValue(address, out current))
                {
                    functions[address] = current = new Entry(address);
                }

                current.Sentences.Title(rest);
            }
            else if (current is not null && !current.TryHex(trimmed))
            {
                current.Sentences.Line(trimmed.TrimStart());
            }
        }

        var siblings = functions.Keys
            .Where(address => address.Rid.Function > 0)
            .Select(address => address with { Rid = new RequesterId(address.Rid.Bus, address.Rid.Device, 0) })
            .ToHashSet();
        return [.. functions.Values.Select(entry => entry.ToFunction(siblings.Contains(entry.Address))).OfType<CapturedFunction>()];
    }

    private static bool Header(string line, out PciAddress address, out string rest)
    {
        rest = "";
        address = default;
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (space < 7 || !PciAddress.TryParse(line.AsSpan(0, space), out address))
        {
            return false;
        }

        rest = line[(space + 1)..];
        return true;
    }

    private sealed class Entry(PciAddress address)
    {
        private readonly byte[] _bytes = new byte[4096];
        private int _length;

        public PciAddress Address => address;

        public LspciSentences Sentences { get; } = new();

        /// <summary>"100: 0d 00 01 …", sixteen bytes at an offset.</summary>
        public bool TryHex(string line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon is < 2 or > 3 || line.Length < colon + 4
                || !int.TryParse(line.AsSpan(0, colon), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var offset))
            {
                return false;
            }

            var words = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length is 0 or > 16 || offset + words.Length > _bytes.Length || Array.Exists(words, word => word.Length != 2))
            {
                return false;
            }

            for (var i = 0; i < words.Length; i++)
            {
                if (!byte.TryParse(words[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _bytes[offset + i]))
                {
                    return false;
                }
            }

            _length = Math.Max(_length, offset + words.Length);
            return true;
        }

        public CapturedFunction? ToFunction(bool hasSiblings)
        {
            var configuration = _length >= ConfigSpace.HeaderLength ? _bytes.AsMemory(0, _length)
                : Sentences.Describe(address, hasSiblings) is { } function ? ConfigSpaceWriter.Write(function)
                : default;
            return configuration.IsEmpty ? null : new CapturedFunction(address, configuration, Sentences.Driver, Sentences.Group);
        }
    }
}
