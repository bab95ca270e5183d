using System.Collections.Immutable;

namespace KernelBuild.Patches.Diffs;

/// <summary>What a patch does to one file.</summary>
public sealed record FilePatch
{
    /// <summary>Path in the tree before; null for a file that is made. '/' between parts, without the prefix that was stripped.</summary>
    public string? OldName { get; init; }

    /// <summary>Path in the tree after; null for a file that is deleted.</summary>
    public string? NewName { get; init; }

    /// <summary>Whether the file is made; null when a diff without git's header leaves it open (no old line, no /dev/null).</summary>
    public bool? Creates { get; init; } = false;

    /// <summary>Whether the file is deleted; null when a diff without git's header leaves it open.</summary>
    public bool? Deletes { get; init; } = false;

    public bool Renames { get; init; }

    public bool Copies { get; init; }

    /// <summary>As git records it, such as 100644 (octal); 0 when the patch does not say.</summary>
    public uint OldMode { get; init; }

    /// <summary>As git records it; 0 when the patch does not say.</summary>
    public uint NewMode { get; init; }

    /// <summary>Blob before and after, from the "index" line, often abbreviated; empty when there is none.</summary>
    public string OldId { get; init; } = "";

    public string NewId { get; init; } = "";

    public ImmutableArray<Hunk> Hunks { get; init; } = [];

    /// <summary>The content is not text: changed by <see cref="Binary"/>, or only said to differ.</summary>
    public bool IsBinary { get; init; }

    /// <summary>Null when the patch only says that the files differ.</summary>
    public BinaryHunk? Binary { get; init; }

    /// <summary>
    /// The same with the carriage returns that a mail's own line ends took away: for a file of the source that has them. Null where the mail
    /// had none.
    /// </summary>
    public FilePatch? WithReturns { get; init; }

    /// <summary>Line of the header in the patch file, counted from 1.</summary>
    public int Number { get; init; }

    /// <summary>
    /// What takes the change back, as GNU patch -R and git apply -R do; null for a copy and for binary content, whose way back is not kept.
    /// </summary>
    internal FilePatch? Reversed() => Copies || IsBinary ? null : this with
    {
        OldName = NewName,
        NewName = OldName,
        Creates = Deletes,
        Deletes = Creates,
        OldMode = NewMode,
        NewMode = OldMode,
        OldId = NewId,
        NewId = OldId,
        Hunks = [.. Hunks.Select(hunk => hunk.Reversed())],
        WithReturns = WithReturns?.Reversed(),
    };

    /// <summary>The path to speak of.</summary>
    public string Name => NewName ?? OldName ?? "";

    /// <summary>Whether anything but the content changes.</summary>
    internal bool ChangesMetadata =>
        Renames || Copies || Creates == true || Deletes == true || (OldMode != 0 && NewMode != 0 && OldMode != NewMode);
}
