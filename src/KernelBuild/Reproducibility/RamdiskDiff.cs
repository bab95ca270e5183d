using KernelBuild.BootImages.Ramdisks;

namespace KernelBuild.Reproducibility;

/// <summary>Two ramdisks, entry by entry.</summary>
internal static class RamdiskDiff
{
    private const int MostShown = 5;

    public static IEnumerable<Difference> Compare(string file, string part, ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other)
    {
        if (!CpioArchive.TryRead(one, out var left, out _) || !CpioArchive.TryRead(other, out var right, out _))
        {
            yield return new Difference(file, part, DifferenceCause.RamdiskContent, "no archive that can be read");
            yield break;
        }

        var (first, second) = (ByPath(left), ByPath(right));
        var missing = first.Keys.Except(second.Keys).Concat(second.Keys.Except(first.Keys)).ToArray();
        if (missing.Length > 0)
        {
            yield return Of(DifferenceCause.RamdiskContent, missing);
        }

        var both = first.Keys.Intersect(second.Keys).ToArray();
        string[] Differing(Func<CpioEntry, CpioEntry, bool> same) => [.. both.Where(path => !same(first[path], second[path]))];
        if (Differing((a, b) => a.ModificationTime == b.ModificationTime) is { Length: > 0 } times)
        {
            yield return Of(DifferenceCause.RamdiskTime, times);
        }

        if (Differing((a, b) => (a.Mode, a.UserId, a.GroupId) == (b.Mode, b.UserId, b.GroupId)) is { Length: > 0 } owners)
        {
            yield return Of(DifferenceCause.RamdiskOwner, owners);
        }

        if (Differing((a, b) => a.Data.Span.SequenceEqual(b.Data.Span)) is { Length: > 0 } contents)
        {
            yield return Of(DifferenceCause.RamdiskContent, contents);
        }

        if (!left.Entries.Select(entry => entry.Path).Where(first.ContainsKey).Where(second.ContainsKey)
            .SequenceEqual(right.Entries.Select(entry => entry.Path).Where(first.ContainsKey).Where(second.ContainsKey)))
        {
            yield return Of(DifferenceCause.RamdiskOrder, both);
        }

        Difference Of(string cause, string[] paths) =>
            new(file, part, cause, string.Join(", ", paths.Take(MostShown)) + (paths.Length > MostShown ? $" and {paths.Length - MostShown} more" : ""));
    }

    private static Dictionary<string, CpioEntry> ByPath(CpioArchive archive) =>
        archive.Entries.GroupBy(entry => entry.Path, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Last(), StringComparer.Ordinal);
}
