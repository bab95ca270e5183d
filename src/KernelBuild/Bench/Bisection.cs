namespace KernelBuild.Bench;

/// <summary>
/// Finds the patch with which a fault begins, and the smallest set of patches that shows it. Pure: what is a fault is told from
/// outside, and no set is asked about twice.
/// </summary>
/// <param name="count">Patches in the series.</param>
/// <param name="test">Tells of a set of patches, by their numbers from 0, in order.</param>
public sealed class Bisection(int count, Func<IReadOnlyList<int>, Task<TrialOutcome>> test)
{
    private readonly Dictionary<string, TrialOutcome> _known = new(StringComparer.Ordinal);

    /// <summary>Sets that were tried.</summary>
    public int Trials => _known.Count;

    /// <returns>
    /// Null when the whole series does not show the fault, or the bare source does: then there is nothing to search. First
    /// patch: −1 where unresolved sets lie between the last good one and the first bad one.
    /// </returns>
    public async Task<BisectionResult?> RunAsync()
    {
        var (whole, bare) = (await TestAsync(Prefix(count)), await TestAsync([]));
        if (whole != TrialOutcome.Bad || bare != TrialOutcome.Good)
        {
            return null;
        }

        var (good, bad) = (0, count);
        while (bad - good > 1)
        {
            var tried = Around(good, bad).ToArray();
            var resolved = -1;
            foreach (var length in tried)
            {
                var outcome = await TestAsync(Prefix(length));
                if (outcome != TrialOutcome.Unresolved)
                {
                    (good, bad) = outcome == TrialOutcome.Good ? (length, bad) : (good, length);
                    resolved = length;
                    break;
                }
            }

            if (resolved < 0)
            {
                // the suspects cannot be told apart: all of them are named
                return new BisectionResult([.. Enumerable.Range(good, bad - good)], [.. Enumerable.Range(0, bad)]);
            }
        }

        var culprit = bad - 1;
        return new BisectionResult([culprit], await ReduceAsync(culprit));
    }

    /// <summary>Takes patches away for as long as the fault stays (Zeller's ddmin, with the culprit always in).</summary>
    private async Task<IReadOnlyList<int>> ReduceAsync(int culprit)
    {
        if (await TestAsync([culprit]) == TrialOutcome.Bad)
        {
            return [culprit];
        }

        var rest = Enumerable.Range(0, culprit).ToList();
        for (var parts = 2; rest.Count > 0;)
        {
            parts = Math.Min(parts, rest.Count);
            var reduced = false;
            for (var part = 0; part < parts && !reduced; part++)
            {
                var (from, to) = (rest.Count * part / parts, rest.Count * (part + 1) / parts);
                var without = rest.Where((_, at) => at < from || at >= to).ToList();
                if (await TestAsync([.. without, culprit]) == TrialOutcome.Bad)
                {
                    rest = without;
                    parts = Math.Max(parts - 1, 2);
                    reduced = true;
                }
            }

            if (!reduced)
            {
                if (parts >= rest.Count)
                {
                    break;
                }

                parts *= 2;
            }
        }

        return [.. rest, culprit];
    }

    /// <summary>The middle between two prefixes, then its neighbours, nearest first.</summary>
    private static IEnumerable<int> Around(int good, int bad)
    {
        var middle = good + ((bad - good) / 2);
        yield return middle;
        for (var distance = 1; distance < bad - good; distance++)
        {
            if (middle + distance < bad)
            {
                yield return middle + distance;
            }

            if (middle - distance > good)
            {
                yield return middle - distance;
            }
        }
    }

    private static int[] Prefix(int length) => [.. Enumerable.Range(0, length)];

    private async Task<TrialOutcome> TestAsync(IReadOnlyList<int> patches)
    {
        var key = string.Join(',', patches);
        if (!_known.TryGetValue(key, out var outcome))
        {
            _known[key] = outcome = await test(patches);
        }

        return outcome;
    }
}
