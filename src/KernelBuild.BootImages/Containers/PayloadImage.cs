using System.Buffers.Binary;
using System.Security.Cryptography;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Containers;

/// <summary>
/// The payload of an OTA: "CrAU", its version, the lengths of manifest and signature (big endian), the manifest, its signature, and the data of
/// all operations. Of full payloads partitions can be made; every digest that the payload has is compared.
/// Source: AOSP, system/update_engine, README.md, "Update file format"; update_metadata.proto.
/// </summary>
public sealed class PayloadImage
{
    private const int HeaderLength = 24;
    private const int LargestManifest = 256 << 20;
    private const int LargestOperation = 1 << 30;

    private readonly ByteSource _file;
    private readonly long _dataStart;

    private PayloadImage(ByteSource file, PayloadManifest manifest, long dataStart)
    {
        _file = file;
        _dataStart = dataStart;
        Manifest = manifest;
    }

    public PayloadManifest Manifest { get; }

    public static bool IsPayload(ReadOnlySpan<byte> start) => start.StartsWith("CrAU"u8);

    /// <summary>Reads header and manifest.</summary>
    /// <exception cref="DiagnosticException">KB5041.</exception>
    public static PayloadImage Read(ByteSource file)
    {
        const int versionAt = 4, manifestAt = 12, signatureAt = 20;
        var header = file.ToArray(0, HeaderLength);
        var version = BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(versionAt));
        var manifest = BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(manifestAt));
        var signature = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(signatureAt));
        if (!IsPayload(header) || version != 2 || manifest > LargestManifest)
        {
            throw ContainerError.Of(
                $"the payload has the version {version} and a manifest of {manifest} bytes, expected 2 and at most {LargestManifest}",
                "version 1 is that of Chrome OS; else download it again", versionAt);
        }

        return new PayloadImage(
            file, PayloadManifest.Read(file.ToArray(HeaderLength, (long)manifest)), HeaderLength + (long)manifest + signature);
    }

    /// <summary>Makes a partition, and compares the digests of every operation and of the whole.</summary>
    /// <param name="partition">One of the manifest.</param>
    /// <param name="output">Can seek; empty.</param>
    /// <exception cref="DiagnosticException">KB5043: the payload needs the old partition. KB5041: a digest differs, or the data are damaged.</exception>
    public void Write(PayloadPartition partition, Stream output)
    {
        RefuseIncremental(partition);
        output.SetLength(partition.Size);
        foreach (var (operation, number) in partition.Operations.Select((operation, number) => (operation, number)))
        {
            Apply(partition, operation, number, output);
        }

        output.SetLength(partition.Size);
        if (!partition.Sha256.IsEmpty && !partition.Sha256.Span.SequenceEqual(Sha256(output)))
        {
            throw Damaged(partition, "the whole partition has another SHA-256 than the payload says");
        }
    }

    private static void RefuseIncremental(PayloadPartition partition)
    {
        if (partition.Incremental is { } operation)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.PayloadIncremental,
                $"the payload is incremental: {HeaderText.Printable(partition.Name)} is made of the old partition ({operation.Name})",
                "take the full OTA of the same build, or the factory images"));
        }
    }

    private void Apply(PayloadPartition partition, PayloadOperation operation, int number, Stream output)
    {
        var content = Content(partition, operation, number);
        foreach (var (start, count) in operation.Blocks)
        {
            var blockLength = Manifest.BlockLength;
            var blocks = ((ulong)partition.Size + blockLength - 1) / blockLength;
            if (count > blocks || start > blocks - count)
            {
                throw Damaged(partition, $"operation {number} writes block {start} and {count} in all of {blocks}");
            }

            output.Position = (long)(start * blockLength);
            var length = (long)(count * blockLength);
            var part = content[..(int)Math.Min(content.Length, length)];
            output.Write(part.Span);
            content = content[part.Length..];
            WriteZeros(output, length - part.Length);
        }

        if (!content.IsEmpty)
        {
            throw Damaged(partition, $"operation {number} has {content.Length} bytes more than its blocks");
        }
    }

    private ReadOnlyMemory<byte> Content(PayloadPartition partition, PayloadOperation operation, int number)
    {
        if (operation.Kind is PayloadOperationKind.Zero or PayloadOperationKind.Discard)
        {
            return default;
        }

        if (operation.DataLength > LargestOperation || operation.DataOffset > long.MaxValue - LargestOperation - (ulong)_dataStart)
        {
            throw Damaged(partition, $"operation {number} has {operation.DataLength} bytes at {operation.DataOffset}");
        }

        ReadOnlyMemory<byte> data = _file.ToArray(_dataStart + (long)operation.DataOffset, (long)operation.DataLength);
        if (!operation.DataSha256.IsEmpty && !operation.DataSha256.Span.SequenceEqual(SHA256.HashData(data.Span)))
        {
            throw Damaged(partition, $"the data of operation {number} have another SHA-256 than the payload says");
        }

        var expected = operation.Kind switch
        {
            PayloadOperationKind.ReplaceBzip2 => CompressionFormat.Bzip2,
            PayloadOperationKind.ReplaceXz => CompressionFormat.Xz,
            PayloadOperationKind.ReplaceZstd => CompressionFormat.Zstd,
            _ => CompressionFormat.None,
        };
        if (expected == CompressionFormat.None)
        {
            return data;
        }

        return Decompressor.TryDecompress(data, out var content, out var error) && content.Format == expected
            ? content.Content
            : throw Damaged(partition, $"the data of operation {number} ({operation.Name}): {error?.Message ?? "another compression"}");
    }

    private static void WriteZeros(Stream output, long count)
    {
        var zeros = new byte[(int)Math.Min(count, 1 << 20)];
        for (; count > 0; count -= zeros.Length)
        {
            output.Write(zeros, 0, (int)Math.Min(count, zeros.Length));
        }
    }

    private static byte[] Sha256(Stream stream)
    {
        stream.Position = 0;
        return SHA256.HashData(stream);
    }

    private static DiagnosticException Damaged(PayloadPartition partition, string what) => ContainerError.Of(
        $"the payload is damaged, in the partition {HeaderText.Printable(partition.Name)}: {what}", "download it again");
}
