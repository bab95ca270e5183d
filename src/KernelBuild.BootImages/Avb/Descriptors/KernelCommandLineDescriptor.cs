namespace KernelBuild.BootImages.Avb.Descriptors;

/// <summary>A text that the bootloader adds to the kernel command line.</summary>
/// <param name="Raw">The whole descriptor.</param>
/// <param name="Flags">1 only while hashtrees are checked, 2 only while they are not.</param>
/// <param name="Text">What is added.</param>
public sealed record KernelCommandLineDescriptor(ReadOnlyMemory<byte> Raw, uint Flags, string Text) : AvbDescriptor(Raw)
{
    public const int Tag = 3;
    public const int FixedLength = 24;
    internal const int FlagsOffset = 16;
    internal const int LengthOffset = 20;

    public override string Kind => "cmdline";

    public static KernelCommandLineDescriptor Create(string text, uint flags = 0)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        var writer = new AvbDescriptorWriter(Tag, FixedLength, bytes.Length);
        writer.U32(FlagsOffset, flags);
        writer.U32(LengthOffset, (uint)bytes.Length);
        writer.Append(bytes);
        return new KernelCommandLineDescriptor(writer.Bytes, flags, text);
    }
}
