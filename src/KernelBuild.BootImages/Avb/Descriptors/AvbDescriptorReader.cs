using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Avb.Descriptors;

/// <summary>Walks the descriptors of a vbmeta structure, which must end exactly where their field says.</summary>
internal static class AvbDescriptorReader
{
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, int start, out ImmutableArray<AvbDescriptor> descriptors, [NotNullWhen(false)] out Diagnostic? error)
    {
        var found = ImmutableArray.CreateBuilder<AvbDescriptor>();
        descriptors = [];
        var offset = 0;
        while (offset < bytes.Length)
        {
            var left = bytes.Length - offset;
            if (left < AvbDescriptor.HeaderLength)
            {
                error = Invalid(start + offset, "descriptor", $"{left} bytes", "16 bytes of tag and length");
                return false;
            }

            var tag = BinaryPrimitives.ReadUInt64BigEndian(bytes.Span[offset..]);
            var following = BinaryPrimitives.ReadUInt64BigEndian(bytes.Span[(offset + sizeof(ulong))..]);
            if (following > (ulong)(left - AvbDescriptor.HeaderLength) || following % AvbDescriptor.Alignment != 0)
            {
                error = Invalid(
                    start + offset + sizeof(ulong), "length of a descriptor", $"{following}",
                    $"a multiple of 8, at most {left - AvbDescriptor.HeaderLength}");
                return false;
            }

            var raw = bytes.Slice(offset, AvbDescriptor.HeaderLength + (int)following);
            if (ReadOne(tag, raw, start + offset, out error) is not { } descriptor)
            {
                error ??= Invalid(start + offset, "descriptor", $"tag {tag}, {raw.Length} bytes", "sizes that fit into it");
                return false;
            }

            found.Add(descriptor with { Offset = start + offset });
            offset += raw.Length;
        }

        descriptors = found.ToImmutable();
        error = null;
        return true;
    }

    private static AvbDescriptor? ReadOne(ulong tag, ReadOnlyMemory<byte> raw, int offset, out Diagnostic? error)
    {
        var fixedLength = tag switch
        {
            PropertyDescriptor.Tag => PropertyDescriptor.FixedLength,
            HashtreeDescriptor.Tag => HashtreeDescriptor.FixedLength,
            HashDescriptor.Tag => HashDescriptor.FixedLength,
            KernelCommandLineDescriptor.Tag => KernelCommandLineDescriptor.FixedLength,
            ChainPartitionDescriptor.Tag => ChainPartitionDescriptor.FixedLength,
            _ => AvbDescriptor.HeaderLength,
        };
        error = null;
        if (raw.Length < fixedLength)
        {
            error = Invalid(offset, "descriptor", $"{raw.Length} bytes with tag {tag}", $"at least {fixedLength}");
            return null;
        }

        var parts = new AvbDescriptorParts(raw, fixedLength);
        return tag switch
        {
            PropertyDescriptor.Tag => parts.Property(),
            HashtreeDescriptor.Tag => parts.Hashtree(),
            HashDescriptor.Tag => parts.Hash(),
            KernelCommandLineDescriptor.Tag => parts.CommandLine(),
            ChainPartitionDescriptor.Tag => parts.Chain(),
            _ => new UnknownDescriptor(raw, tag),
        };
    }

    private static Diagnostic Invalid(long offset, string what, string found, string expected) => Diagnostic.Error(
        DiagnosticCodes.AvbDescriptorInvalid, $"the {what} is wrong: found {found}, expected {expected}",
        "take a fresh copy, or recreate the vbmeta structure") with
    { Offset = offset, Found = found, Expected = expected, Consequence = "the bootloader refuses the partition (INVALID_METADATA)" };
}
