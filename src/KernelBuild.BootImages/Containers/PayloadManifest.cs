using System.Collections.Immutable;
using Google.Protobuf;

namespace KernelBuild.BootImages.Containers;

/// <summary>
/// The manifest of a payload, a protocol buffer. Of its fields those are read that make a partition; the others are skipped.
/// Source: AOSP, system/update_engine/update_metadata.proto, DeltaArchiveManifest.
/// </summary>
/// <param name="BlockLength">Bytes of a block.</param>
/// <param name="MinorVersion">0 for a full payload.</param>
/// <param name="Partitions">In the order of the manifest.</param>
public sealed record PayloadManifest(uint BlockLength, uint MinorVersion, ImmutableArray<PayloadPartition> Partitions)
{
    private const uint DefaultBlockLength = 4096;

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB5041: it is none.</exception>
    public static PayloadManifest Read(byte[] bytes)
    {
        const int blockSize = 3, minorVersion = 12, partition = 13;
        try
        {
            var (blockLength, minor) = (DefaultBlockLength, 0u);
            var partitions = ImmutableArray.CreateBuilder<PayloadPartition>();
            Fields(bytes, (field, input) =>
            {
                switch (field)
                {
                    case blockSize:
                        blockLength = input.ReadUInt32();
                        return true;
                    case minorVersion:
                        minor = input.ReadUInt32();
                        return true;
                    case partition:
                        partitions.Add(Partition(input.ReadBytes().ToByteArray()));
                        return true;
                    default:
                        return false;
                }
            });
            return blockLength is > 0 and <= 1 << 24 && partitions.Count > 0
                ? new PayloadManifest(blockLength, minor, partitions.ToImmutable())
                : throw Invalid($"it has {partitions.Count} partitions and blocks of {blockLength} bytes");
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidOperationException)
        {
            throw Invalid("its manifest is no protocol buffer");
        }
    }

    private static PayloadPartition Partition(byte[] bytes)
    {
        const int name = 1, newPartitionInfo = 7, operation = 8;
        var (called, size) = ("", 0UL);
        ReadOnlyMemory<byte> hash = default;
        var operations = ImmutableArray.CreateBuilder<PayloadOperation>();
        Fields(bytes, (field, input) =>
        {
            switch (field)
            {
                case name:
                    called = input.ReadString();
                    return true;
                case newPartitionInfo:
                    (size, hash) = Info(input.ReadBytes().ToByteArray());
                    return true;
                case operation:
                    operations.Add(Operation(input.ReadBytes().ToByteArray()));
                    return true;
                default:
                    return false;
            }
        });
        return size <= long.MaxValue
            ? new PayloadPartition(called, (long)size, hash, operations.ToImmutable())
            : throw Invalid($"the partition {called} has an impossible size");
    }

    private static (ulong Size, ReadOnlyMemory<byte> Hash) Info(byte[] bytes)
    {
        var size = 0UL;
        byte[] hash = [];
        Fields(bytes, (field, input) =>
        {
            switch (field)
            {
                case 1:
                    size = input.ReadUInt64();
                    return true;
                case 2:
                    hash = input.ReadBytes().ToByteArray();
                    return true;
                default:
                    return false;
            }
        });
        return (size, hash);
    }

    private static PayloadOperation Operation(byte[] bytes)
    {
        const int type = 1, dataOffset = 2, dataLength = 3, destination = 6, dataHash = 8;
        var made = new PayloadOperation(PayloadOperationKind.Replace, 0, 0, [], default);
        Fields(bytes, (field, input) =>
        {
            var before = made;
            made = field switch
            {
                type => made with { Kind = (PayloadOperationKind)input.ReadEnum() },
                dataOffset => made with { DataOffset = input.ReadUInt64() },
                dataLength => made with { DataLength = input.ReadUInt64() },
                destination => made with { Blocks = made.Blocks.Add(Extent(input.ReadBytes().ToByteArray())) },
                dataHash => made with { DataSha256 = input.ReadBytes().ToByteArray() },
                _ => made,
            };
            return !ReferenceEquals(before, made);
        });
        return made;
    }

    private static (ulong Start, ulong Count) Extent(byte[] bytes)
    {
        var (start, count) = (0UL, 0UL);
        Fields(bytes, (field, input) =>
        {
            switch (field)
            {
                case 1:
                    start = input.ReadUInt64();
                    return true;
                case 2:
                    count = input.ReadUInt64();
                    return true;
                default:
                    return false;
            }
        });
        return (start, count);
    }

    /// <summary>Goes through the fields of a message.</summary>
    /// <param name="bytes">The message.</param>
    /// <param name="read">Gets a field's number, and reads its value; false leaves it to be skipped.</param>
    private static void Fields(byte[] bytes, Func<int, CodedInputStream, bool> read)
    {
        using var input = new CodedInputStream(bytes);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (!read(WireFormat.GetTagFieldNumber(tag), input))
            {
                input.SkipLastField();
            }
        }
    }

    private static Diagnostics.DiagnosticException Invalid(string what) =>
        ContainerError.Of($"the payload cannot be read: {what}", "copy or download it again");
}
