using System.Text;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>
/// The names of all properties, each once; a name that ends another one is found inside it, as dtc does. Names that are
/// no longer used stay, so that offsets kept from the file remain true.
/// </summary>
internal sealed class StringsBlock(ReadOnlyMemory<byte> stored)
{
    private readonly Dictionary<string, int> _offsets = new(StringComparer.Ordinal);
    private byte[] _bytes = [];
    private int _length;

    /// <summary>Where the name of a property lies, appended when it is new.</summary>
    public int OffsetOf(in DeviceTreeProperty property)
    {
        if (property.StoredName > 0 && IsAt(property.StoredName - 1, property.Name))
        {
            return property.StoredName - 1;
        }

        if (_offsets.TryGetValue(property.Name, out var offset))
        {
            return offset;
        }

        var name = Encoding.Latin1.GetBytes(property.Name + '\0');
        offset = Current.IndexOf(name);
        if (offset < 0)
        {
            offset = Current.Length;
            Append(name);
        }

        _offsets[property.Name] = offset;
        return offset;
    }

    public ReadOnlyMemory<byte> ToMemory() => _length == 0 ? stored : _bytes.AsMemory(0, _length);

    private ReadOnlySpan<byte> Current => ToMemory().Span;

    private bool IsAt(int offset, string name) =>
        offset < stored.Length - name.Length && stored.Span[offset + name.Length] == 0
            && Ascii.Equals(stored.Span.Slice(offset, name.Length), name);

    private void Append(byte[] name)
    {
        if (_length == 0)
        {
            _length = stored.Length;
            _bytes = new byte[Math.Max(256, (_length + name.Length) * 2)];
            stored.Span.CopyTo(_bytes);
        }

        if (_length + name.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, (_length + name.Length) * 2);
        }

        name.CopyTo(_bytes, _length);
        _length += name.Length;
    }
}
