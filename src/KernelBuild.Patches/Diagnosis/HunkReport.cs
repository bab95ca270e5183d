using System.Collections.Immutable;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>What became of one hunk, and why.</summary>
public sealed record HunkReport
{
    /// <summary>Path in the tree.</summary>
    public required string File { get; init; }

    /// <summary>Number among the hunks of this file, counted from 1.</summary>
    public required int Number { get; init; }

    /// <summary>"@@ -a,b +c,d @@".</summary>
    public required string Header { get; init; }

    /// <summary>Line of the header in the patch file, counted from 1.</summary>
    public required int PatchLine { get; init; }

    public required HunkVerdict Verdict { get; init; }

    /// <summary>First line in the file at which it applied, would apply or is most alike, counted from 1; 0 when there is none.</summary>
    public int Line { get; init; }

    /// <summary>Lines between the expected place and <see cref="Line"/>; negative is nearer to the start.</summary>
    public int Offset { get; init; }

    /// <summary>Context lines that were, or would have to be, left out at each end.</summary>
    public int Fuzz { get; init; }

    /// <summary>The lines of the file in which what the hunk adds stands already, counted from 1; 0 and 0 when nothing does.</summary>
    public int AlreadyFrom { get; init; }

    public int AlreadyTo { get; init; }

    /// <summary>The patch of the series that changed the lines; empty when none did.</summary>
    public string ConflictsWith { get; init; } = "";

    /// <summary>Why it did not apply, where the lines are there and something else keeps it out; empty when nothing of the kind does.</summary>
    public string Reason { get; init; } = "";

    /// <summary>What to do about <see cref="Reason"/>.</summary>
    public string Mend { get; init; } = "";

    /// <summary>The hunk beside the most similar place of the file, when it did not apply.</summary>
    public ImmutableArray<LineDifference> Comparison { get; init; } = [];

    public bool Succeeded => Verdict is HunkVerdict.Applied or HunkVerdict.AppliedAtOffset or HunkVerdict.AppliedWithFuzz;
}
