using System.Globalization;

namespace KernelBuild.Archives;

/// <summary>
/// Which pieces of a sparse file an archive holds; the rest is zeros. All four forms are read here, since no library reads any:
/// System.Formats.Tar throws at the old one and at repeated PAX keys (0.0), and takes the map for content (0.1, 1.0); SharpCompress
/// takes the blocks of the old map for headers. Forms: tar's manual, "Storing Sparse Files".
/// </summary>
internal sealed class SparseMap
{
    private const int NumberLength = 12;

    private readonly List<(long Offset, long Length)> _pieces = [];

    /// <summary>In the order of the file, and apart from each other.</summary>
    public IReadOnlyList<(long Offset, long Length)> Pieces => _pieces;

    /// <summary>Bytes of the whole file.</summary>
    public long Length { get; init; }

    /// <summary>Adds pieces of the old form: pairs of numbers, to the first that is empty.</summary>
    /// <returns>Whether all of them were there, so that more may follow.</returns>
    /// <exception cref="InvalidDataException">They make no map.</exception>
    public bool Add(ReadOnlySpan<byte> pairs, int count)
    {
        for (var at = 0; at < count; at++)
        {
            var pair = pairs.Slice(at * 2 * NumberLength, 2 * NumberLength);
            if (pair[NumberLength] == 0)
            {
                return false;
            }

            Add(TarNumber.Read(pair[..NumberLength]), TarNumber.Read(pair[NumberLength..]));
        }

        return true;
    }

    /// <summary>Adds a piece behind those that are there.</summary>
    /// <exception cref="InvalidDataException">It is not behind them, or not within the file.</exception>
    public void Add(long offset, long length)
    {
        var end = _pieces.Count == 0 ? 0 : _pieces[^1].Offset + _pieces[^1].Length;
        if (offset < end || length < 0 || length > Length - offset)
        {
            throw new InvalidDataException("the map of a sparse file is damaged");
        }

        _pieces.Add((offset, length));
    }

    /// <exception cref="InvalidDataException">They are no numbers, or make no map.</exception>
    public void Add(string offset, string length) => Add(Number(offset), Number(length));

    /// <exception cref="InvalidDataException">It is no decimal number.</exception>
    public static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw new InvalidDataException($"'{(text.Length > 30 ? text[..30] : text)}' stands where a number belongs");
}
