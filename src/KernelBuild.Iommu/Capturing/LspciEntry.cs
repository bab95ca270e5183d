using System.Globalization;
using System.Text.RegularExpressions;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>What a text says about one function.</summary>
internal sealed partial class LspciEntry(PciAddress address)
{
    private const int LineLength = 16;
    private const int ConventionalLength = 256;

    private readonly byte[] _bytes = new byte[4096];
    private readonly bool[] _isRead = new bool[4096];

    public PciAddress Address => address;

    public LspciSentences Sentences { get; } = new();

    /// <summary>How many bytes of the configuration space there are; 0 without hexadecimal.</summary>
    public int HexLength { get; private set; }

    /// <summary>
    /// Whether bytes are missing at the end: of the header, of the first 256, or of an extended capability that the ones before it lead to.
    /// Lines of zeros may be left out.
    /// </summary>
    public bool IsHexCut => HexLength % LineLength != 0 || HexLength is < ConfigSpace.HeaderLength or (> ConfigSpace.HeaderLength and < 128)
        or (> 128 and < 256) || Gap >= HexLength;

    /// <summary>"100: 0d 00 01 …", sixteen bytes at most, or the beginning of such a row, which may end within a byte.</summary>
    public static bool IsRow(string line) => RowPattern().IsMatch(line);

    [GeneratedRegex("^ *[0-9a-fA-F]{2,3}:(?: [0-9a-fA-F]{2}){0,15}(?: [0-9a-fA-F]{0,2})?[ \t]*$")]
    private static partial Regex RowPattern();

    /// <summary>
    /// The first byte that is needed and is not in the text, though others of its part are, such as of a row that a message of the console
    /// broke; null when all are there. A row that no capability is in may be missing: excerpts leave out zeros.
    /// </summary>
    public int? Gap => FirstGap(out _);

    /// <summary>Takes sixteen bytes at an offset.</summary>
    public bool TryHex(string line)
    {
        if (!TryParse(line, out var offset, out var values))
        {
            return false;
        }

        values.CopyTo(_bytes, offset);
        _isRead.AsSpan(offset, values.Length).Fill(true);
        HexLength = Math.Max(HexLength, offset + values.Length);
        return true;
    }

    /// <param name="hasSiblings">Whether the device has functions above 0.</param>
    /// <param name="showsExtended">Whether the text has extended capabilities of any function: then it has those of all.</param>
    public CapturedFunction? ToFunction(bool hasSiblings, bool showsExtended)
    {
        _ = FirstGap(out var known);
        if (known >= ConfigSpace.HeaderLength)
        {
            return new CapturedFunction(address, _bytes.AsMemory(0, known), Sentences.Driver, Sentences.Group);
        }

        // all ones: nothing answers
        if (HexLength >= 2 && _bytes[0] == 0xff && _bytes[1] == 0xff)
        {
            return null;
        }

        return Sentences.Describe(address, hasSiblings, showsExtended) is { } function
            ? new CapturedFunction(address, ConfigSpaceWriter.Write(function), Sentences.Driver, Sentences.Group) { IsOfText = true }
            : HexLength == 0 && Sentences.Group is null ? null
            : new CapturedFunction(address, default, Sentences.Driver, Sentences.Group)
            {
                Ids = _isRead[ConfigSpace.Vendor] ? (Word(ConfigSpace.Vendor), Word(ConfigSpace.Device)) : (PciFunction.UnknownId, PciFunction.UnknownId),
            };
    }

    /// <param name="known">How many bytes can be relied on: none, those of the header, the first 256, or all.</param>
    private int? FirstGap(out int known)
    {
        known = 0;
        if (HexLength < ConfigSpace.HeaderLength)
        {
            return null;
        }

        var space = new ConfigSpace(_bytes.AsSpan(0, HexLength));
        (int At, int Length)[] header =
        [
            (ConfigSpace.Vendor, 16), .. space.Header > 0 ? [(ConfigSpace.SecondaryBus, 1)] : Array.Empty<(int, int)>(),
            .. space.HasCapabilities ? [(ConfigSpace.CapabilitiesPointer, 1)] : Array.Empty<(int, int)>(),
        ];
        foreach (var (stage, pieces) in new[]
        {
            (0, header), (ConfigSpace.HeaderLength, [.. space.ReadOfCapabilities()]), (ConventionalLength, [.. space.ReadOfExtended()]),
        })
        {
            known = Math.Min(stage, HexLength);
            foreach (var (at, length) in HexLength > stage ? pieces : [])
            {
                if (Array.IndexOf(_isRead, false, at, Math.Min(length, (stage < ConventionalLength ? ConventionalLength : 4096) - at)) is >= 0 and var gap)
                {
                    return gap;
                }
            }
        }

        known = HexLength;
        return null;
    }

    private ushort Word(int at) => new ConfigSpace(_bytes).Word(at);

    private static bool TryParse(string line, out int offset, out byte[] values)
    {
        values = [];
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        offset = 0;
        if (colon is < 2 or > 3 || line.Length < colon + 4
            || !int.TryParse(line.AsSpan(0, colon), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out offset))
        {
            return false;
        }

        var words = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 or > LineLength || offset + words.Length > 4096 || Array.Exists(words, word => word.Length != 2))
        {
            return false;
        }

        var read = new byte[words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            if (!byte.TryParse(words[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out read[i]))
            {
                return false;
            }
        }

        values = read;
        return true;
    }
}
