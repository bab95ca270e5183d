namespace KernelBuild.KernelImages.Relocations;

/// <summary>
/// The pointers in an image's data. Nothing is applied to the image: a pointer is looked up when it is asked for, so that entries that
/// fall into other structures change nothing there.
/// </summary>
public sealed class RelocationTable
{
    private readonly ReadOnlyMemory<byte> _image;
    private readonly RelaTable? _rela;
    private readonly bool _relaIsSorted;
    private readonly Lazy<Dictionary<ulong, ulong>> _relaByPlace;
    private readonly Lazy<ulong[]> _relrPlaces;

    private RelocationTable(ReadOnlyMemory<byte> image, RelaTable? rela, RelrTable? relr)
    {
        _image = image;
        _rela = rela;
        _relaIsSorted = rela is null || IsSorted(image.Span, rela);
        _relaByPlace = new(() => Enumerable.Range(0, rela?.Count ?? 0).DistinctBy(Place).ToDictionary(Place, Target));
        _relrPlaces = new(() => relr?.Places(image.Span) ?? []);
        Form = rela is not null ? RelocationForm.Rela : relr is not null ? RelocationForm.Relr : RelocationForm.None;
        TableOffset = rela?.Offset ?? relr?.Offset ?? 0;
        TableLength = rela is not null ? rela.Count * RelaTable.EntryLength : (relr?.Words ?? 0) * sizeof(ulong);
    }

    public RelocationForm Form { get; }

    /// <summary>Bytes from the start of the image; 0 when there is no table.</summary>
    public int TableOffset { get; }

    /// <summary>Bytes.</summary>
    public int TableLength { get; }

    /// <summary>Pointers that the table names.</summary>
    public int Count => _rela?.Count ?? _relrPlaces.Value.Length;

    /// <summary>Finds the table of an uncompressed image; <see cref="RelocationForm.None"/> when there is none.</summary>
    internal static RelocationTable Find(ReadOnlyMemory<byte> image)
    {
        var rela = RelaTable.Find(image.Span);
        return new RelocationTable(image, rela, rela is null ? RelrTable.Find(image.Span) : null);
    }

    internal static RelocationTable Empty(ReadOnlyMemory<byte> image) => new(image, null, null);

    /// <summary>The linked address of a quad.</summary>
    internal ulong Place(int index) => _rela is null ? _relrPlaces.Value[index] : _rela.Place(_image.Span, index);

    /// <summary>What a RELA entry points to.</summary>
    internal ulong Target(int index) => _rela!.Target(_image.Span, index);

    /// <summary>The pointer of a quad, when the table holds it.</summary>
    internal bool TryTarget(ulong place, out ulong target)
    {
        target = 0;
        if (_rela is null)
        {
            return false;
        }

        if (!_relaIsSorted)
        {
            return _relaByPlace.Value.TryGetValue(place, out target);
        }

        var (low, high) = (0, _rela.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var found = Place(middle);
            if (found == place)
            {
                target = Target(middle);
                return true;
            }

            (low, high) = found < place ? (middle + 1, high) : (low, middle - 1);
        }

        return false;
    }

    private static bool IsSorted(ReadOnlySpan<byte> image, RelaTable table)
    {
        var last = 0ul;
        for (var i = 0; i < table.Count; i++)
        {
            var place = table.Place(image, i);
            if (place < last)
            {
                return false;
            }

            last = place;
        }

        return true;
    }
}
