using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Avb.Descriptors;

/// <summary>Takes one descriptor of a known kind apart; a part that does not fit makes the result null.</summary>
internal sealed class AvbDescriptorParts(ReadOnlyMemory<byte> raw, int fixedLength)
{
    private long _next = fixedLength;
    private bool _fits = true;

    public AvbDescriptor? Property()
    {
        var key = Take(U64(PropertyDescriptor.KeySize));
        Take(1);
        var value = Take(U64(PropertyDescriptor.ValueSize));
        Take(1);
        return _fits ? new PropertyDescriptor(raw, Text(key), value) : null;
    }

    public AvbDescriptor? Hashtree()
    {
        var name = Take(U32(HashtreeDescriptor.NameLengthOffset));
        var salt = Take(U32(HashtreeDescriptor.SaltLengthOffset));
        var digest = Take(U32(HashtreeDescriptor.DigestLengthOffset));
        return !_fits
            ? null
            : new HashtreeDescriptor(
                raw, Text(name), Algorithm(HashtreeDescriptor.AlgorithmOffset, HashtreeDescriptor.AlgorithmLength), salt, digest)
        {
            VerityVersion = U32(HashtreeDescriptor.VersionOffset),
            ImageSize = U64(HashtreeDescriptor.ImageSizeOffset),
            TreeOffset = U64(HashtreeDescriptor.TreeOffsetOffset),
            TreeSize = U64(HashtreeDescriptor.TreeSizeOffset),
            DataBlockSize = U32(HashtreeDescriptor.DataBlockSizeOffset),
            HashBlockSize = U32(HashtreeDescriptor.HashBlockSizeOffset),
            FecRoots = U32(HashtreeDescriptor.FecRootsOffset),
            FecOffset = U64(HashtreeDescriptor.FecOffsetOffset),
            FecSize = U64(HashtreeDescriptor.FecSizeOffset),
            Flags = U32(HashtreeDescriptor.FlagsOffset),
        };
    }

    public AvbDescriptor? Hash()
    {
        var name = Take(U32(HashDescriptor.NameLengthOffset));
        var salt = Take(U32(HashDescriptor.SaltLengthOffset));
        var digest = Take(U32(HashDescriptor.DigestLengthOffset));
        return _fits
            ? new HashDescriptor(
                raw, U64(HashDescriptor.ImageSizeOffset), Algorithm(HashDescriptor.AlgorithmOffset, HashDescriptor.AlgorithmLength),
                Text(name), salt, digest, U32(HashDescriptor.FlagsOffset))
            : null;
    }

    public AvbDescriptor? CommandLine()
    {
        var text = Take(U32(KernelCommandLineDescriptor.LengthOffset));
        return _fits ? new KernelCommandLineDescriptor(raw, U32(KernelCommandLineDescriptor.FlagsOffset), Text(text)) : null;
    }

    public AvbDescriptor? Chain()
    {
        var name = Take(U32(ChainPartitionDescriptor.NameLengthOffset));
        var key = Take(U32(ChainPartitionDescriptor.KeyLengthOffset));
        return _fits
            ? new ChainPartitionDescriptor(
                raw, U32(ChainPartitionDescriptor.LocationOffset), Text(name), key, U32(ChainPartitionDescriptor.FlagsOffset))
            : null;
    }

    private ReadOnlyMemory<byte> Take(ulong length)
    {
        if (!_fits || length > (ulong)(raw.Length - _next))
        {
            _fits = false;
            return default;
        }

        var part = raw.Slice((int)_next, (int)length);
        _next += (long)length;
        return part;
    }

    private string Algorithm(int offset, int length) => Text(HeaderText.UntilNul(raw.Span.Slice(offset, length)));

    private static string Text(ReadOnlyMemory<byte> bytes) => Text(bytes.Span);

    private static string Text(ReadOnlySpan<byte> bytes) => HeaderText.Decode(bytes);

    private uint U32(int offset) => BigEndian.U32(raw.Span, offset);

    private ulong U64(int offset) => BigEndian.U64(raw.Span, offset);
}
