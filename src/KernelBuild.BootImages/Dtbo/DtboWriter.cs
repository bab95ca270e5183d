using System.Buffers.Binary;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Dtbo;

/// <summary>Makes dtbo images as mkdtboimg does: overlays behind the table, one directly after another, equal ones once.</summary>
public static class DtboWriter
{
    /// <exception cref="DiagnosticException">KB5028: a version that does not exist, or more than 2 GiB.</exception>
    public static byte[] Write(DtboContents contents)
    {
        if (contents.Version > 1)
        {
            throw Error($"dtbo version {contents.Version} does not exist", "use 0 or 1");
        }

        var offsets = new Dictionary<ReadOnlyMemory<byte>, long>(ContentComparer.Instance);
        long end = DtboFields.HeaderLength + ((long)contents.Entries.Length * DtboFields.EntryLength);
        foreach (var entry in contents.Entries)
        {
            if (offsets.TryAdd(entry.Content, end))
            {
                end += entry.Content.Length;
            }
        }

        if (end > Array.MaxLength)
        {
            throw Error($"the dtbo image would have {end} bytes", "leave overlays out");
        }

        var bytes = new byte[end];
        (contents.IsAcpi ? DtboFields.AcpiMagic : DtboFields.Magic).CopyTo(bytes);
        U32(DtboFields.TotalSize, (uint)end);
        U32(DtboFields.HeaderSize, DtboFields.HeaderLength);
        U32(DtboFields.EntrySize, DtboFields.EntryLength);
        U32(DtboFields.EntryCount, (uint)contents.Entries.Length);
        U32(DtboFields.EntriesOffset, DtboFields.HeaderLength);
        U32(DtboFields.PageSize, contents.PageSize);
        U32(DtboFields.Version, contents.Version);
        var at = DtboFields.HeaderLength;
        foreach (var entry in contents.Entries)
        {
            var offset = offsets[entry.Content];
            U32(at + DtboFields.TreeSize, (uint)entry.Content.Length);
            U32(at + DtboFields.TreeOffset, (uint)offset);
            U32(at + DtboFields.Id, entry.Id);
            U32(at + DtboFields.Revision, entry.Revision);
            U32(at + DtboFields.Custom, entry.Custom0);
            U32(at + DtboFields.Custom + 4, entry.Custom1);
            U32(at + DtboFields.Custom + 8, entry.Custom2);
            U32(at + DtboFields.Custom + 12, entry.Custom3);
            entry.Content.Span.CopyTo(bytes.AsSpan((int)offset));
            at += DtboFields.EntryLength;
        }

        return bytes;

        void U32(int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), value);
    }

    private static DiagnosticException Error(string message, string fix) => new(Diagnostic.Error(DiagnosticCodes.DtboInvalid, message, fix));

    private sealed class ContentComparer : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static ContentComparer Instance { get; } = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> bytes)
        {
            var hash = default(HashCode);
            hash.AddBytes(bytes.Span[..Math.Min(bytes.Length, 4096)]);
            hash.Add(bytes.Length);
            return hash.ToHashCode();
        }
    }
}
