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
        new DtboHeader
        {
            IsAcpi = contents.IsAcpi,
            TotalSize = (uint)end,
            EntryCount = (uint)contents.Entries.Length,
            PageSize = contents.PageSize,
            Version = contents.Version,
        }.Write(bytes);
        var at = DtboFields.HeaderLength;
        foreach (var entry in contents.Entries)
        {
            var offset = (int)offsets[entry.Content];
            new DtboTableEntry(
                (uint)entry.Content.Length, (uint)offset, entry.Id, entry.Revision,
                [entry.Custom0, entry.Custom1, entry.Custom2, entry.Custom3])
                .Write(bytes.AsSpan(at));
            entry.Content.Span.CopyTo(bytes.AsSpan(offset));
            at += DtboFields.EntryLength;
        }

        return bytes;
    }

    private static DiagnosticException Error(string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.DtboInvalid, message, fix));

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
