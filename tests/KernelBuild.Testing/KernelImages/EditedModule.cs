using System.Buffers.Binary;
using System.Text;

namespace KernelBuild.Testing.KernelImages;

/// <summary>A real module with one thing changed. The signature is cut off first: Linux refuses a signed file that was changed for that
/// alone.</summary>
public sealed class EditedModule
{
    private readonly byte[] _bytes;

    public EditedModule(byte[] module)
    {
        const int mark = 28;
        const int fields = 12;
        var signature = module.AsSpan().EndsWith("~Module signature appended~\n"u8)
            ? mark + fields + BinaryPrimitives.ReadInt32BigEndian(module.AsSpan(module.Length - mark - 4))
            : 0;
        _bytes = module[..^signature];
    }

    public byte[] ToArray() => [.. _bytes];

    /// <summary>A text of .modinfo or of names by another that is not longer; NULs fill what is left.</summary>
    public EditedModule Replace(string section, string old, string text)
    {
        var bytes = Content(section);
        var at = bytes.IndexOf(Encoding.ASCII.GetBytes("\0" + old + "\0")) is >= 0 and var found ? found + 1
            : bytes.StartsWith(Encoding.ASCII.GetBytes(old + "\0")) ? 0 : -1;
        at.ShouldBeGreaterThanOrEqualTo(0, $"{old} in {section}");
        text.Length.ShouldBeLessThanOrEqualTo(old.Length);
        bytes.Slice(at, old.Length).Clear();
        Encoding.ASCII.GetBytes(text, bytes[at..]);
        return this;
    }

    /// <summary>A checksum of __versions.</summary>
    public EditedModule SetCrc(string symbol, ulong crc)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Version(symbol), crc);
        return this;
    }

    /// <summary>The name of a record of __versions.</summary>
    public EditedModule RenameVersion(string symbol, string name)
    {
        var field = Version(symbol)[8..];
        field.Clear();
        Encoding.ASCII.GetBytes(name, field);
        return this;
    }

    /// <summary>What stands in the symbol table for an undefined symbol.</summary>
    public EditedModule SetSymbol(string symbol, int? binding = null, ushort? section = null)
    {
        var table = Content(".symtab");
        var names = Content(".strtab");
        for (var at = 0; at < table.Length; at += 24)
        {
            var name = names[BinaryPrimitives.ReadInt32LittleEndian(table[at..])..];
            if (Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]) == symbol)
            {
                table[at + 4] = (byte)((table[at + 4] & 0xf) | ((binding ?? table[at + 4] >> 4) << 4));
                BinaryPrimitives.WriteUInt16LittleEndian(table[(at + 6)..],
                    section ?? BinaryPrimitives.ReadUInt16LittleEndian(table[(at + 6)..]));
                return this;
            }
        }

        throw new InvalidOperationException(symbol);
    }

    /// <summary>The name in struct module, which stands 24 bytes into it on arm64.</summary>
    public EditedModule SetName(string name)
    {
        const int place = 24;
        var field = Content(".gnu.linkonce.this_module").Slice(place, 56);
        field.Clear();
        Encoding.ASCII.GetBytes(name, field);
        return this;
    }

    private Span<byte> Version(string symbol)
    {
        var bytes = Content("__versions");
        for (var at = 0; at < bytes.Length; at += 64)
        {
            if (bytes.Slice(at + 8, 56).StartsWith(Encoding.ASCII.GetBytes(symbol + "\0")))
            {
                return bytes.Slice(at, 64);
            }
        }

        throw new InvalidOperationException(symbol);
    }

    private Span<byte> Content(string wanted)
    {
        var table = (int)BinaryPrimitives.ReadInt64LittleEndian(_bytes.AsSpan(40));
        int count = BinaryPrimitives.ReadInt16LittleEndian(_bytes.AsSpan(60));
        var names = RangeOf(BinaryPrimitives.ReadInt16LittleEndian(_bytes.AsSpan(62)));
        for (var i = 1; i < count; i++)
        {
            var name = _bytes.AsSpan()[names][BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(table + (i * 64)))..];
            if (name.StartsWith(Encoding.ASCII.GetBytes(wanted + "\0")))
            {
                return _bytes.AsSpan()[RangeOf(i)];
            }
        }

        throw new InvalidOperationException(wanted);

        Range RangeOf(int index)
        {
            var header = _bytes.AsSpan(table + (index * 64));
            var start = (int)BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
            return start..(start + (int)BinaryPrimitives.ReadInt64LittleEndian(header[32..]));
        }
    }
}
