using System.Collections.Immutable;
using System.Globalization;

namespace KernelBuild.Farm;

/// <summary>Where the calls of the compiler ran, in the compilation that has just ended.</summary>
/// <param name="Remote">Calls that a host of the farm answered.</param>
/// <param name="Local">Calls that the farm's client was given and ran here: assembler sources, and what no host had room for.</param>
/// <param name="Lost">Calls that a host took and did not bring to an end; they ran again here.</param>
public sealed record FarmReport(int Remote, int Local, int Lost)
{
    /// <summary>How many calls each host answered, by its address.</summary>
    public ImmutableSortedDictionary<string, int> Hosts { get; init; } =
        ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>Compressed bytes of sources to the hosts; 0 where the farm does not tell.</summary>
    public long SentBytes { get; init; }

    /// <summary>SHA-256 of the compiler as it was sent to the hosts; null where they have their own.</summary>
    public string? Environment { get; init; }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"build farm: {Remote} calls of the compiler on {Hosts.Count} host(s)"
        + $"{(Hosts.IsEmpty ? "" : $" ({string.Join(", ", Hosts.Select(host => $"{host.Key}: {host.Value}"))})")}"
        + $"{(SentBytes == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" with {SentBytes / 1e6:0} MB of sources"))}, {Local} here"
        + $"{(Lost == 0 ? "" : $", {Lost} lost by a host and run again here")}");
}
