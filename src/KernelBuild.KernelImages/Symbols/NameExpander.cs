using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Symbols;

/// <summary>Expands compressed names. Source: kernel/kallsyms.c, kallsyms_expand_symbol.</summary>
internal sealed class NameExpander
{
    /// <summary>KSYM_NAME_LEN of any kernel (512 since 6.1), and room for the type.</summary>
    public const int LongestName = 1024;

    private readonly ReadOnlyMemory<byte> _image;
    private readonly int _table;
    private readonly ulong[] _starts = new ulong[KallsymsTokens.Count];
    private readonly ushort[] _offsets = new ushort[KallsymsTokens.Count];
    private readonly ushort[] _lengths = new ushort[KallsymsTokens.Count];

    public NameExpander(ReadOnlyMemory<byte> image, KallsymsTokens tokens)
    {
        _image = image;
        _table = tokens.TableOffset;
        var span = image.Span;
        for (var i = 0; i < KallsymsTokens.Count; i++)
        {
            _offsets[i] = KernelBytes.U16(span, tokens.IndexOffset + (2 * i));
            _lengths[i] = (ushort)span[(_table + _offsets[i])..tokens.IndexOffset].IndexOf((byte)0);
            _starts[i] = KernelBytes.U64(span, _table + _offsets[i]);
        }
    }

    /// <summary>The type letter alone; a question mark where there is none.</summary>
    public char FirstLetter(int at)
    {
        var image = _image.Span;
        var count = KallsymsNames.LengthAt(image, ref at);
        foreach (var token in image.Slice(at, count))
        {
            if (_lengths[token] > 0)
            {
                return (char)image[_table + _offsets[token]];
            }
        }

        return '?';
    }

    /// <summary>The type letter and the name.</summary>
    /// <returns>Bytes written; names longer than the target or <see cref="LongestName"/> are cut.</returns>
    public int Expand(int at, Span<byte> target)
    {
        var image = _image.Span;
        var count = KallsymsNames.LengthAt(image, ref at);
        var limit = Math.Min(target.Length, LongestName);
        var written = 0;
        foreach (var token in image.Slice(at, count))
        {
            int length = _lengths[token];
            if (length <= sizeof(ulong) && limit - written >= sizeof(ulong))
            {
                // eight bytes at once; those that are too many are overwritten by the next token
                System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(target[written..], _starts[token]);
            }
            else
            {
                length = Math.Min(length, limit - written);
                image.Slice(_table + _offsets[token], length).CopyTo(target[written..]);
            }

            written += length;
        }

        return written;
    }
}
