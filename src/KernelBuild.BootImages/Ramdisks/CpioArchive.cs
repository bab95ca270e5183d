using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>What the kernel would unpack from a decompressed ramdisk: one newc archive, or several one after another.</summary>
/// <param name="Entries">In the order of the file, without trailers; a later entry replaces an earlier one of the same name.</param>
/// <param name="ArchiveCount">How many archives, each ended by its trailer.</param>
public sealed record CpioArchive(ImmutableArray<CpioEntry> Entries, int ArchiveCount)
{
    /// <summary>Reads an uncompressed ramdisk.</summary>
    /// <param name="bytes">The archives, with any number of zeros between and behind them.</param>
    /// <param name="archive">The entries, slices of <paramref name="bytes"/>; null when the result is false.</param>
    /// <param name="error">KB5012 with the offset of the header that is wrong.</param>
    /// <param name="limits">Null for <see cref="CpioLimits.Default"/>.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes,
        [NotNullWhen(true)] out CpioArchive? archive,
        [NotNullWhen(false)] out Diagnostic? error,
        CpioLimits? limits = null)
    {
        var reader = new CpioReader(bytes, limits ?? CpioLimits.Default);
        archive = reader.Read();
        error = reader.Error;
        return archive is not null;
    }

    /// <summary>Reads the archives at the start of a memory; something else may follow them, such as a compressed archive.</summary>
    /// <param name="length">Bytes to the end of the last archive; zeros behind it are not counted.</param>
    internal static bool TryReadStart(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out CpioArchive? archive, out int length)
    {
        var reader = new CpioReader(bytes, CpioLimits.Default, stopsBehind: true);
        archive = reader.Read();
        length = reader.Length;
        return archive is not null;
    }

    /// <summary>Reads an uncompressed ramdisk that is known to be one.</summary>
    /// <exception cref="DiagnosticException">KB5012.</exception>
    public static CpioArchive Read(ReadOnlyMemory<byte> bytes) =>
        TryRead(bytes, out var archive, out var error) ? archive : throw new DiagnosticException(error);
}
