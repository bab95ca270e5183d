using System.Collections.Immutable;
using System.Globalization;

namespace KernelBuild.Caching;

/// <summary>What the compiler cache did in a compilation.</summary>
/// <param name="LocalHits">Calls of the compiler that the local level answered.</param>
/// <param name="RemoteHits">Calls that the shared cache answered.</param>
/// <param name="Misses">Calls that compiled and were stored.</param>
/// <param name="Errors">Calls that the shared cache failed, whatever became of them.</param>
public sealed record CompilerCacheReport(int LocalHits, int RemoteHits, int Misses, int Errors)
{
    /// <summary>The shared cache without user and password; null without one.</summary>
    public string? Remote { get; init; }

    /// <summary>Why objects missed, the commonest reason first; empty where nothing is known.</summary>
    public ImmutableArray<MissCount> Reasons { get; init; } = [];

    internal int Hits => LocalHits + RemoteHits;

    /// <summary>
    /// Out of ccache's stats_log: a line "# SOURCE" for each call and below it the names of the counters it raised; null when there is no
    /// such file. Source: ccache's manual, "stats_log"; src/ccache/core/statistics.cpp.
    /// </summary>
    public static CompilerCacheReport? Read(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        var report = new CompilerCacheReport(0, 0, 0, 0);
        var call = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(file).Append("#"))
        {
            if (!line.StartsWith('#'))
            {
                call.Add(line);
                continue;
            }

            report = report.With(call);
            call.Clear();
        }

        return report;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"compiler cache: {LocalHits} local hits, {RemoteHits} remote hits, {Misses} misses, {Errors} failures of the shared cache")
        + (Reasons is [var commonest, ..] ? $"; most missed because: {commonest.Reason}" : "");

    /// <summary>Two calls that write at once may stand in one block: then they count as one.</summary>
    private CompilerCacheReport With(HashSet<string> call)
    {
        var isHit = call.Contains("direct_cache_hit") || call.Contains("preprocessed_cache_hit");
        var isRemote = call.Contains("remote_storage_hit");
        return this with
        {
            LocalHits = LocalHits + (isHit && !isRemote ? 1 : 0),
            RemoteHits = RemoteHits + (isHit && isRemote ? 1 : 0),
            Misses = Misses + (call.Contains("cache_miss") ? 1 : 0),
            Errors = Errors + (call.Contains("remote_storage_error") || call.Contains("remote_storage_timeout") ? 1 : 0),
        };
    }
}
