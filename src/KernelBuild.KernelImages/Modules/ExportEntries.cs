using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.Modules;

/// <summary>An image seen as entries of struct kernel_symbol at any place; what cannot be one reads as empty.</summary>
internal sealed class ExportEntries(KernelImage image, ExportForm form)
{
    private const int LongestName = 256;

    public ExportForm Form => form;

    /// <summary>Bytes of an entry.</summary>
    public int Stride => form switch { ExportForm.Namespaces => 12, ExportForm.Relative => 8, _ => 16 };

    /// <summary>Bytes of a field.</summary>
    public int Alignment => form == ExportForm.Pointers ? sizeof(ulong) : sizeof(uint);

    /// <summary>Bytes of the image.</summary>
    public int Length => image.Bytes.Length;

    /// <summary>The name of the entry at a place.</summary>
    public ReadOnlySpan<byte> NameAt(int entry)
    {
        var bytes = image.Bytes.Span;
        var at = Target(entry, 1);
        if (at <= 0 || !IsNameByte(bytes[at]) || char.IsAsciiDigit((char)bytes[at]))
        {
            return default;
        }

        var text = bytes.Slice(at, Math.Min(LongestName, bytes.Length - at));
        var length = 1;
        while (length < text.Length && IsNameByte(text[length]))
        {
            length++;
        }

        return length < text.Length && text[length] == 0 && (form != ExportForm.Namespaces
            || Target(entry, 2) != -1) ? text[..length] : default;
    }

    /// <summary>Empty for none.</summary>
    public string NamespaceAt(int entry) => form == ExportForm.Namespaces && Target(entry, 2) is > 0 and var at
        ? System.Text.Encoding.ASCII.GetString(KernelBytes.Text(image.Bytes.Span, at, LongestName))
        : "";

    /// <summary>Where the first name of the entries in front of a place lies; names are stored behind all entries.</summary>
    public int FirstText(int end)
    {
        var first = int.MaxValue;
        for (var at = end - Stride; NameAt(at).Length > 0; at -= Stride)
        {
            var name = Target(at, 1);
            first = name >= end ? Math.Min(first, name) : first;
        }

        return first;
    }

    /// <summary>The place in the image that a field leads to; 0 for a null pointer, -1 for one outside.</summary>
    private int Target(int entry, int field)
    {
        var at = entry + (field * Alignment);
        if (entry < 0 || at + Alignment > image.Bytes.Length)
        {
            return -1;
        }

        if (form == ExportForm.Pointers)
        {
            var pointer = image.Base is { } start ? image.ReadPointer(start + (ulong)at) : 0;
            return pointer == 0 ? 0 : image.TryOffset(pointer, out var offset) ? offset : -1;
        }

        var relative = (int)KernelBytes.U32(image.Bytes.Span, at);
        var place = (long)at + relative;
        return relative == 0 ? 0 : place > 0 && place < image.Bytes.Length ? (int)place : -1;
    }

    private static bool IsNameByte(byte letter) =>
        char.IsAsciiLetterOrDigit((char)letter) || letter is (byte)'_' or (byte)'.' or (byte)'$';
}
