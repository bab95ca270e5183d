using System.Text;

namespace KernelBuild.BootImages.Layout;

/// <summary>Text fields of headers: ASCII (by practice UTF-8), ended by NUL or by the end of the field.</summary>
internal static class HeaderText
{
    /// <summary>The text of a field.</summary>
    public static string Read(ReadOnlySpan<byte> field) => Decode(UntilNul(field));

    /// <summary>
    /// Joins the two fields of versions 0 to 2. mkbootimg of today ends the first after 511 bytes with a NUL, older ones and magiskboot
    /// fill all 512 bytes: each field counts up to its NUL or its end, whichever comes first.
    /// </summary>
    public static string Join(ReadOnlySpan<byte> field, ReadOnlySpan<byte> extraField)
    {
        var first = UntilNul(field);
        var second = UntilNul(extraField);
        var joined = new byte[first.Length + second.Length];
        first.CopyTo(joined);
        second.CopyTo(joined.AsSpan(first.Length));
        return Decode(joined);
    }

    /// <summary>A field with a text at its start and zeros behind it.</summary>
    /// <param name="content">At most as long as the field.</param>
    public static byte[] Field(ReadOnlySpan<byte> content, int length)
    {
        var field = new byte[length];
        content.CopyTo(field);
        return field;
    }

    public static ReadOnlySpan<byte> UntilNul(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    /// <summary>
    /// UTF-8 where it is, else one character per byte (Latin-1): bytes that no tool should have written stay distinguishable.
    /// </summary>
    public static string Decode(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);

    /// <summary>Text from a file without characters that could steer a terminal or break a line of a message.</summary>
    public static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\ufffd' : c)) : text;
}
