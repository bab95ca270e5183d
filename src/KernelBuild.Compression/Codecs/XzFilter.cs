using System.Buffers.Binary;
using SharpCompress.Compressors.Filters;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// What makes code compress better: jumps to one place from many become equal when the target is stored and not the distance. SharpCompress
/// has the processors of old; arm64, which Linux compresses its arm64 kernels with, and delta are ours.
/// </summary>
internal abstract class XzFilter
{
    private const ulong Delta = 3;
    private const ulong X86 = 4;
    private const ulong PowerPc = 5;
    private const ulong Itanium = 6;
    private const ulong Arm = 7;
    private const ulong Thumb = 8;
    private const ulong Sparc = 9;
    private const ulong Arm64 = 10;

    /// <summary>Turns a block's whole content back.</summary>
    public abstract void Decode(Span<byte> content);

    /// <summary>The filter of an id; null when it is not known, or its properties make no sense.</summary>
    public static XzFilter? Find(ulong id, ReadOnlySpan<byte> properties)
    {
        if (id == Delta)
        {
            return properties.Length == 1 ? new DeltaFilter(properties[0] + 1) : null;
        }

        if (properties.Length is not (0 or sizeof(uint)))
        {
            return null;
        }

        var start = properties.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(properties);
        return id switch
        {
            X86 => new BranchFilter(start, 1, X86Code),
            PowerPc => new BranchFilter(start, 4, BranchExecFilter.PowerPCConverter).Checked(),
            Itanium => new BranchFilter(start, 16, BranchExecFilter.IA64Converter).Checked(),
            Arm => new BranchFilter(start, 4, BranchExecFilter.ARMConverter).Checked(),
            Thumb => new BranchFilter(start, 2, BranchExecFilter.ARMTConverter).Checked(),
            Sparc => new BranchFilter(start, 4, BranchExecFilter.SPARCConverter).Checked(),
            Arm64 => start % Arm64Filter.InstructionLength == 0 ? new Arm64Filter(start) : null,
            _ => null,
        };
    }

    private static void X86Code(byte[] content, uint start)
    {
        uint state = 0;
        BranchExecFilter.X86Converter(content, start, ref state);
    }

    private sealed class DeltaFilter(int distance) : XzFilter
    {
        public override void Decode(Span<byte> content)
        {
            for (var i = distance; i < content.Length; i++)
            {
                content[i] += content[i - distance];
            }
        }
    }

    private sealed class BranchFilter(uint start, uint alignment, Action<byte[], uint> convert) : XzFilter
    {
        public BranchFilter? Checked() => start % alignment == 0 ? this : null;

        public override void Decode(Span<byte> content)
        {
            var code = content.ToArray();
            convert(code, start);
            code.CopyTo(content);
        }
    }
}
