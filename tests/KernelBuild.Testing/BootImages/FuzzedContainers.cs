using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using KernelBuild.BootImages.Containers;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Diagnostics;

namespace KernelBuild.Testing.BootImages;

/// <summary>Files that hold images, and the text of a bootconfig, for the fuzzer.</summary>
internal static class FuzzedContainers
{
    private const int BlockLength = 4096;

    public static byte[] Sparse(byte[] image) => SparseImage.Write((byte[])[.. image, .. new byte[BlockLength * 3]], BlockLength).ToArray();

    /// <summary>One partition of one operation, by the numbers of update_metadata.proto.</summary>
    public static byte[] Payload(byte[] image)
    {
        var manifest = Message(output =>
        {
            Number(output, 3, BlockLength);
            Bytes(output, 13, Message(partition =>
            {
                Bytes(partition, 1, "boot"u8.ToArray());
                Bytes(partition, 7, Message(info => Number(info, 1, (ulong)image.Length)));
                Bytes(partition, 8, Message(operation =>
                {
                    Number(operation, 3, (ulong)image.Length);
                    Bytes(operation, 6, Message(extent => Number(extent, 2, (ulong)((image.Length + BlockLength - 1) / BlockLength))));
                    Bytes(operation, 8, SHA256.HashData(image));
                }));
            }));
        });
        var header = new byte[24];
        "CrAU"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(12), (ulong)manifest.Length);
        return [.. header, .. manifest, .. image];
    }

    public static IEnumerable<Diagnostic> ReadSparse(byte[] bytes) => Findings(() =>
    {
        var source = SparseImage.Open(ByteSource.Of(bytes), out _);
        _ = source.ToArray(0, Math.Min(source.Length, FuzzTargets.Limit));
    });

    public static IEnumerable<Diagnostic> ReadPayload(byte[] bytes) => Findings(() =>
    {
        var payload = PayloadImage.Read(ByteSource.Of(bytes));
        foreach (var partition in payload.Manifest.Partitions.Where(partition => partition.Size <= FuzzTargets.Limit))
        {
            using var output = new MemoryStream();
            payload.Write(partition, output);
        }
    });

    public static IEnumerable<Diagnostic> ReadBootConfig(byte[] bytes) => Findings(() =>
    {
        var text = BootConfigText.Read(bytes);
        foreach (var statement in text.Statements.ToArray())
        {
            _ = text.Without(statement.Key);
        }

        var changed = BootConfigText.Read(text.With("new.key", "value").ToArray());
        if (changed.Statements.All(statement => !statement.Key.EndsWith("new.key", StringComparison.Ordinal)))
        {
            throw new InvalidOperationException("the key that was set is not there: " + Encoding.Latin1.GetString(changed.ToArray()));
        }
    });

    private static Diagnostic[] Findings(Action read)
    {
        try
        {
            read();
            return [];
        }
        catch (DiagnosticException exception)
        {
            return [.. exception.Diagnostics];
        }
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            write(output);
        }

        return stream.ToArray();
    }

    private static void Number(CodedOutputStream output, int field, ulong value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteUInt64(value);
    }

    private static void Bytes(CodedOutputStream output, int field, byte[] value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(value));
    }
}
