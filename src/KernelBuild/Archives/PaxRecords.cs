using System.Text;

namespace KernelBuild.Archives;

/// <summary>
/// The records of a PAX header: "LENGTH KEY=VALUE\n". POSIX.1-2017, pax, "pax Extended Header". A key that stands again replaces
/// the first, but for those of the sparse form 0.0, which are a list.
/// </summary>
internal sealed class PaxRecords
{
    private const string SparseOffset = "GNU.sparse.offset";
    private const string SparseLength = "GNU.sparse.numbytes";

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<(string Offset, string Length)> _pieces = [];
    private string? _offset;

    /// <summary>The value of a key, bytes as Latin-1 text; null when it is not there.</summary>
    public string? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>Adds the records of a header; those before give way.</summary>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    public void Add(ReadOnlySpan<byte> content)
    {
        while (content.Length > 0)
        {
            var blank = content.IndexOf((byte)' ');
            var length = blank is > 0 and < 10 ? SparseMap.Number(Encoding.Latin1.GetString(content[..blank])) : 0;
            if (blank <= 0 || length <= blank || length > content.Length || content[(int)length - 1] != '\n')
            {
                throw new InvalidDataException("a PAX header is damaged");
            }

            var record = Encoding.Latin1.GetString(content[(blank + 1)..((int)length - 1)]);
            var equals = record.IndexOf('=', StringComparison.Ordinal);
            Add(
                equals > 0 ? record[..equals] : throw new InvalidDataException("a PAX header is damaged"),
                record[(equals + 1)..]);
            content = content[(int)length..];
        }
    }

    /// <summary>The map of a sparse file whose map stands here (0.0 and 0.1); null for any other file.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public SparseMap? ReadSparseMap()
    {
        if (this["GNU.sparse.size"] is not { } size)
        {
            return null;
        }

        var map = new SparseMap { Length = SparseMap.Number(size) };
        if (this["GNU.sparse.map"] is { Length: > 0 } list)
        {
            var numbers = list.Split(',');
            for (var at = 0; at < numbers.Length; at += 2)
            {
                map.Add(numbers[at], at + 1 < numbers.Length ? numbers[at + 1] : "");
            }
        }
        else
        {
            _pieces.ForEach(piece => map.Add(piece.Offset, piece.Length));
        }

        return map;
    }

    private void Add(string key, string value)
    {
        switch (key)
        {
            case SparseOffset:
                _offset = value;
                break;
            case SparseLength:
                _pieces.Add((_offset ?? "", value));
                _offset = null;
                break;
            default:
                _values[key] = value;
                break;
        }
    }
}
