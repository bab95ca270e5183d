using System.Collections.Immutable;

namespace KernelBuild.Variants;

/// <summary>Every cell of a matrix, whoever ran it, in the order of the plan.</summary>
/// <param name="Store">Without login and token.</param>
public sealed record VariantReport(string Store, ImmutableArray<CellResult> Cells)
{
    public int FormatVersion { get; init; } = 1;

    public IReadOnlyList<DeviceCost> Devices => DeviceCost.Of(Cells);

    public bool Succeeded => Cells.All(cell => cell.IsGood);

    public int Count(CellVerdict verdict) => Cells.Count(cell => cell.Verdict == verdict);

    /// <summary>What is in the folder; a cell without a result was not run.</summary>
    public static VariantReport Of(VariantPlan plan, string store, ResultFolder results) => new(
        store,
        [
            .. plan.Cells.Select(cell => results.Find(cell) ?? CellResult.Of(cell, CellVerdict.NotRun)),
            .. plan.Refused,
        ]);
}
