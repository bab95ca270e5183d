using System.Formats.Tar;
using System.Text;
using System.Text.RegularExpressions;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Recognition;

namespace KernelBuild.Reproducibility;

/// <summary>
/// Two kernels as they lie in memory. What a symbol of System.map delimits is compared by its name, wherever it lies; of the rest, the texts
/// around each difference say what it is.
/// </summary>
internal static partial class KernelDiff
{
    private const int MostRanges = 4096;
    private const int MostShown = 6;
    private const string Banner = "banner";

    /// <summary>Data of one origin, by the symbol in front of it.</summary>
    /// <remarks>
    /// certs/system_certificates.S, kernel/kheaders.c, kernel/configs.c, usr/initramfs_data.S, scripts/gcc-plugins/latent_entropy_plugin.c,
    /// include/asm-generic/vmlinux.lds.h (BTF, notes).
    /// </remarks>
    private static readonly (string Symbol, string? End, string Cause)[] _known =
    [
        ("system_certificate_list", "system_certificate_list_size", DifferenceCause.SigningKey),
        ("__cert_list_start", "__cert_list_end", DifferenceCause.SigningKey),
        ("latent_entropy", null, DifferenceCause.LatentEntropy),
        ("kernel_headers_data", "kernel_headers_data_end", DifferenceCause.KernelHeaders),
        ("kernel_config_data", "kernel_config_data_end", DifferenceCause.Configuration),
        ("__irf_start", "__irf_end", DifferenceCause.Initramfs),
        ("__initramfs_start", "__initramfs_size", DifferenceCause.Initramfs),
        ("__start_BTF", "__stop_BTF", DifferenceCause.BtfContent),
        ("__start_notes", "__stop_notes", DifferenceCause.BuildId),
    ];

    /// <summary>Where a symbol's data come from; null for one that stands for nothing of the kind.</summary>
    public static string? CauseOf(string symbol) => symbol is "linux_banner" or "linux_proc_banner" or "init_uts_ns"
        ? DifferenceCause.BannerTime
        : _known.FirstOrDefault(known => known.Symbol == symbol).Cause;

    public static IEnumerable<Difference> Compare(
        string file, ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other, KernelSymbols left, KernelSymbols right)
    {
        var found = new List<Difference>();
        var explained = new List<(int Start, int End)>();
        foreach (var (symbol, end, cause) in _known)
        {
            if (Slice(one, left, symbol, end) is not { } first || Slice(other, right, symbol, end) is not { } second)
            {
                continue;
            }

            explained.Add((first.Start, first.Start + first.Bytes.Length));
            if (!first.Bytes.Span.SequenceEqual(second.Bytes.Span))
            {
                found.Add(Explain(file, symbol, cause, first.Bytes, second.Bytes));
            }
        }

        found.AddRange(OfTexts(file, one, other));
        if (one.Length != other.Length && found.Count > 0)
        {
            // everything behind has moved, and addresses with it
            return found;
        }

        var rest = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (start, end) in ByteRanges.Of(one.Span, other.Span, MostRanges).Where(range => !explained.Any(known => range.Start >= known.Start && range.End <= known.End)))
        {
            if (Text(one.Span, other.Span, start, end) is var (cause, detail))
            {
                // the banner has been taken apart above
                if (cause == DifferenceCause.BannerTime && found.Exists(difference => difference.Part == Banner))
                {
                    continue;
                }

                found.Add(new Difference(file, left.At(left.Start + (ulong)start) ?? $"0x{start:x}", cause, detail));
            }
            else
            {
                rest.Add(left.At(left.Start + (ulong)start) ?? $"0x{start:x}");
            }
        }

        // code and data that only follow a seed, a configuration, a moved part
        if (rest.Count > 0 && !found.Exists(difference => !DifferenceCause.Follows(difference.Cause)))
        {
            found.Add(new Difference(
                file, string.Join(", ", rest.Take(MostShown)) + (rest.Count > MostShown ? $" and {rest.Count - MostShown} more" : ""),
                DifferenceCause.Unknown));
        }

        return found.DistinctBy(difference => (difference.Cause, difference.Detail));
    }

    /// <summary>What a pair of texts at a difference is; null when they are no texts that tell.</summary>
    public static (string Cause, string Detail)? Text(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, int start, int end)
    {
        for (var at = start; at < end; at++)
        {
            if (one[at] == other[at])
            {
                continue;
            }

            var (first, second) = (ByteRanges.TextAt(one, at), ByteRanges.TextAt(other, at));
            if (first.Length < 4 || second.Length < 4)
            {
                return null;
            }

            var detail = $"'{Shortened(first)}', '{Shortened(second)}'";
            return first.Contains("Linux version ", StringComparison.Ordinal) || BannerTail().IsMatch(first) ? (DifferenceCause.BannerTime, detail)
                : first.Contains("RANDSTRUCT_", StringComparison.Ordinal) ? (DifferenceCause.Randstruct, detail)
                : Time().IsMatch(first) && Time().IsMatch(second) ? (DifferenceCause.Time, detail)
                : Path().IsMatch(first) && Path().IsMatch(second) ? (DifferenceCause.Path, detail)
                : null;
        }

        return null;
    }

    /// <summary>Of texts that are found by what they begin with, wherever they lie.</summary>
    private static IEnumerable<Difference> OfTexts(string file, ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other)
    {
        var (first, second) = (LinuxBanner.Find(one) ?? "", LinuxBanner.Find(other) ?? "");
        if (first != second)
        {
            var (left, right) = (BannerParts().Match(first), BannerParts().Match(second));
            if (left.Groups["release"].Value != right.Groups["release"].Value)
            {
                yield return new Difference(file, Banner, DifferenceCause.Release, $"{left.Groups["release"]}, {right.Groups["release"]}");
            }

            if (left.Groups["compiler"].Value != right.Groups["compiler"].Value)
            {
                yield return new Difference(file, Banner, DifferenceCause.Compiler, $"{left.Groups["compiler"]}, {right.Groups["compiler"]}");
            }

            if ((left.Groups["who"].Value, left.Groups["when"].Value) != (right.Groups["who"].Value, right.Groups["when"].Value))
            {
                yield return new Difference(
                    file, Banner, DifferenceCause.BannerTime,
                    $"{left.Groups["who"]} {left.Groups["when"]}, {right.Groups["who"]} {right.Groups["when"]}");
            }
        }

        var (seed, otherSeed) = (Seed(one.Span), Seed(other.Span));
        if (seed != otherSeed)
        {
            yield return new Difference(file, "vermagic", DifferenceCause.Randstruct, $"{seed}, {otherSeed}");
        }
    }

    /// <summary>RANDSTRUCT_HASHED_SEED in the kernel's vermagic (include/linux/vermagic.h); empty without it.</summary>
    public static string Seed(ReadOnlySpan<byte> kernel)
    {
        var at = kernel.IndexOf("RANDSTRUCT_"u8);
        return at < 0 ? "" : Encoding.ASCII.GetString(kernel.Slice(at, Math.Min(96, kernel.Length - at))).Split('\0', ' ')[0];
    }

    /// <summary>What differs inside of a known part.</summary>
    public static Difference Explain(string file, string part, string cause, ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other)
    {
        switch (cause)
        {
            case DifferenceCause.BtfContent:
                return new Difference(file, part, BtfDiff.Cause(one.Span, other.Span));
            case DifferenceCause.KernelHeaders or DifferenceCause.Initramfs
                when Decompressor.TryDecompress(one, out var left, out _) && Decompressor.TryDecompress(other, out var right, out _):
                return new Difference(file, part, cause, cause == DifferenceCause.KernelHeaders
                    ? OfTars(left.Content, right.Content)
                    : string.Join("; ", RamdiskDiff.Compare(file, part, left.Content, right.Content).Select(one => one.Cause)));
            default:
                return new Difference(file, part, cause);
        }
    }

    private static string OfTars(ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other)
    {
        try
        {
            var (left, right) = (Entries(one), Entries(other));
            var differing = left.Zip(right).Where(pair => pair.First != pair.Second).Select(pair => pair.First.Split('\t')[0]).ToArray();
            return differing.Length == 0 ? $"{left.Count} and {right.Count} files" : string.Join(", ", differing.Take(MostShown));
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            return "no archive that can be read";
        }

        static List<string> Entries(ReadOnlyMemory<byte> tar)
        {
            using var reader = new TarReader(new MemoryStream(tar.ToArray()));
            var entries = new List<string>();
            while (reader.GetNextEntry() is { } entry)
            {
                entries.Add($"{entry.Name}\t{entry.ModificationTime.UtcTicks}\t{entry.Mode}\t{entry.Uid}\t{entry.Gid}\t{entry.Length}");
            }

            return entries;
        }
    }

    private static (int Start, ReadOnlyMemory<byte> Bytes)? Slice(ReadOnlyMemory<byte> kernel, KernelSymbols symbols, string symbol, string? end)
    {
        if (symbols.Start == 0 || symbols.Find(symbol) is not { } range || range.Start < symbols.Start)
        {
            return null;
        }

        var start = range.Start - symbols.Start;
        var stop = (end is null ? range.End : symbols.Find(end)?.Start ?? range.End) - symbols.Start;
        return stop > start && stop <= (ulong)kernel.Length ? ((int)start, kernel[(int)start..(int)stop]) : null;
    }

    private static string Shortened(string text) => text.Length <= 80 ? text : text[..80] + "…";

    [GeneratedRegex(@"^#\d+ .*\b(UTC|[A-Z]{3,4})\b.* \d{4}")]
    private static partial Regex BannerTail();

    [GeneratedRegex(@"^Linux version (?<release>\S+) \((?<who>[^)]*)\) \((?<compiler>.*)\) (?<when>#.*)$", RegexOptions.Singleline)]
    private static partial Regex BannerParts();

    [GeneratedRegex(@"\b\d{1,2}:\d\d:\d\d\b|\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d{4}\b")]
    private static partial Regex Time();

    [GeneratedRegex(@"/[^/\s]+/")]
    private static partial Regex Path();
}
