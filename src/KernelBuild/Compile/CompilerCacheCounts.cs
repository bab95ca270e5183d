namespace KernelBuild.Compile;

/// <summary>What the compiler cache answered in a compilation.</summary>
/// <param name="Hits">Calls of the compiler that it answered.</param>
/// <param name="Misses">Calls that compiled and were stored.</param>
public sealed record CompilerCacheCounts(int Hits, int Misses)
{
    /// <summary>
    /// Out of ccache's stats_log: a line "# SOURCE" for each call and below it the names of the counters it raised; null when there is no
    /// such file. Source: ccache's manual, "stats_log"; src/ccache/core/statistics.cpp.
    /// </summary>
    public static CompilerCacheCounts? Read(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        var (hits, misses) = (0, 0);
        foreach (var line in File.ReadLines(file))
        {
            hits += line is "direct_cache_hit" or "preprocessed_cache_hit" ? 1 : 0;
            misses += line is "cache_miss" ? 1 : 0;
        }

        return new CompilerCacheCounts(hits, misses);
    }
}
