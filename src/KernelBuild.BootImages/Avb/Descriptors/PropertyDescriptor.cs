using KernelBuild.BootImages.Layout;

namespace KernelBuild.BootImages.Avb.Descriptors;

/// <summary>A name and a value, such as com.android.build.boot.security_patch.</summary>
/// <param name="Raw">The whole descriptor.</param>
/// <param name="Key">Its name.</param>
/// <param name="Value">Any bytes; a text as a rule.</param>
public sealed record PropertyDescriptor(ReadOnlyMemory<byte> Raw, string Key, ReadOnlyMemory<byte> Value) : AvbDescriptor(Raw)
{
    public const int Tag = 0;
    public const int FixedLength = 32;
    internal const int KeySize = 16;
    internal const int ValueSize = 24;

    public override string Kind => "property";

    /// <summary>The value as text.</summary>
    public string Text => HeaderText.Decode(Value.Span);

    public static PropertyDescriptor Create(string key, ReadOnlyMemory<byte> value)
    {
        var name = System.Text.Encoding.UTF8.GetBytes(key);
        var writer = new AvbDescriptorWriter(Tag, FixedLength, name.Length + 1 + value.Length + 1);
        writer.U64(KeySize, (ulong)name.Length);
        writer.U64(ValueSize, (ulong)value.Length);
        writer.Append(name);
        writer.Append([0]);
        writer.Append(value.Span);
        return new PropertyDescriptor(writer.Bytes, key, value);
    }
}
