using System.Globalization;
using System.Text;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Refresh;

namespace KernelBuild.Patches.Reports;

/// <summary>The drift of a series for a terminal: what would be rewritten, and where every moved hunk stands.</summary>
public static class DriftReport
{
    public static string Of(IReadOnlyList<PatchDrift> drifts, int total)
    {
        var text = new StringBuilder();
        foreach (var drift in drifts)
        {
            if (drift.Refreshed is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"{drift.Patch.Name}: to be rewritten\n");
            }

            foreach (var hunk in drift.Hunks)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {hunk.File} #{hunk.Number} {hunk.Header}: ").Append(hunk.Verdict switch
                {
                    HunkVerdict.AppliedAtOffset => string.Create(CultureInfo.InvariantCulture, $"{hunk.Offset:+0;-0} lines"),
                    HunkVerdict.AppliedWithFuzz =>
                        string.Create(
                            CultureInfo.InvariantCulture, $"context differs in the outer {hunk.Fuzz} line(s), at line {hunk.Line}"),
                    _ => VerdictWord.Of(hunk.Verdict),
                }).Append('\n');
            }

            foreach (var finding in drift.Findings)
            {
                text.Append(finding).Append('\n');
            }
        }

        var stale = drifts.Count(drift => drift.Refreshed is not null);
        var fit = drifts.Count(drift => drift.Verdict == PatchVerdict.Applied) - stale;
        return text
            .Append(
                CultureInfo.InvariantCulture,
                $"{fit} of {total} patches fit as they are, {stale} to be rewritten, {total - fit - stale} do not fit\n")
            .ToString();
    }
}
