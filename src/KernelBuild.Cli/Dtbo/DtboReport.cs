using KernelBuild.BootImages.Dtbo;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Dtbo;

/// <summary>The JSON document of <c>dtbo info --json</c>.</summary>
/// <param name="File">As given.</param>
/// <param name="Version">0 or 1.</param>
/// <param name="TotalSize">Bytes of the table and its overlays.</param>
/// <param name="PageSize">Informative.</param>
/// <param name="Entries">In their order.</param>
internal sealed record DtboReport(string File, uint Version, uint TotalSize, uint PageSize, IReadOnlyList<DtboEntryInfo> Entries)
    : JsonReport
{
    public static DtboReport Of(string file, DtboImage dtbo) => new(
        file, dtbo.Version, dtbo.TotalSize, dtbo.PageSize,
        [.. dtbo.Entries.Select(e => new DtboEntryInfo(null, e.Offset, e.Size, e.Id, e.Revision, e.Custom))]);
}

/// <summary>An overlay in JSON, and in the list that <c>dtbo unpack</c> leaves for <c>dtbo pack</c>.</summary>
/// <param name="File">Name in the folder; null in info.</param>
/// <param name="Offset">Bytes from the start of the image; entries may share one.</param>
/// <param name="Size">Bytes as stored.</param>
/// <param name="Id">Which board.</param>
/// <param name="Revision">Which revision of it.</param>
/// <param name="Custom">Four words; the first is the flags in version 1.</param>
internal sealed record DtboEntryInfo(string? File, uint Offset, uint Size, uint Id, uint Revision, IReadOnlyList<uint> Custom);
