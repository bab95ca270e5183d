using System.Globalization;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Capturing;

/// <summary>What a text says about one function.</summary>
internal sealed class LspciEntry(PciAddress address)
{
    private const int LineLength = 16;

    private readonly byte[] _bytes = new byte[4096];

    public PciAddress Address => address;

    public LspciSentences Sentences { get; } = new();

    /// <summary>Whether the line that is being read is the title.</summary>
    public bool HasPendingTitle { get; set; }

    /// <summary>How many bytes of the configuration space there are; 0 without hexadecimal.</summary>
    public int HexLength { get; private set; }

    /// <summary>
    /// Whether bytes are missing at the end: of the header, of the first 256, or of an extended capability that the ones before it lead to.
    /// Lines of zeros may be left out.
    /// </summary>
    public bool IsHexCut => HexLength % LineLength != 0 || HexLength is < ConfigSpace.HeaderLength or (> ConfigSpace.HeaderLength and < 128)
        or (> 128 and < 256) || (HexLength > ConfigSpace.ExtendedStart && LeadsBeyond());

    /// <summary>"100: 0d 00 01 …".</summary>
    public static bool IsHex(string line) => TryParse(line, out _, out _);

    /// <summary>Takes sixteen bytes at an offset.</summary>
    public bool TryHex(string line)
    {
        if (!TryParse(line, out var offset, out var values))
        {
            return false;
        }

        values.CopyTo(_bytes, offset);
        HexLength = Math.Max(HexLength, offset + values.Length);
        return true;
    }

    /// <param name="hasSiblings">Whether the device has functions above 0.</param>
    /// <param name="showsExtended">Whether the text has extended capabilities of any function: then it has those of all.</param>
    public CapturedFunction? ToFunction(bool hasSiblings, bool showsExtended)
    {
        if (HexLength >= ConfigSpace.HeaderLength)
        {
            return new CapturedFunction(address, _bytes.AsMemory(0, HexLength), Sentences.Driver, Sentences.Group);
        }

        // all ones: nothing answers
        return HexLength >= 2 && _bytes[0] == 0xff && _bytes[1] == 0xff
            || Sentences.Describe(address, hasSiblings, showsExtended) is not { } function
                ? null
                : new CapturedFunction(address, ConfigSpaceWriter.Write(function), Sentences.Driver, Sentences.Group) { IsOfText = true };
    }

    private bool LeadsBeyond()
    {
        var space = new ConfigSpace(_bytes);
        var at = ConfigSpace.ExtendedStart;
        for (var left = (4096 - ConfigSpace.ExtendedStart) / 8; at >= ConfigSpace.ExtendedStart && left > 0; left--)
        {
            if (at >= HexLength)
            {
                return true;
            }

            at = (int)(space.Double(at) >> 20) & ~3;
        }

        return false;
    }

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
