namespace KernelBuild.Kconfig;

/// <summary>One declaration of a symbol, or of a choice: a "config" block of a file.</summary>
/// <param name="file">Relative to the tree.</param>
/// <param name="line">Counted from 1.</param>
public sealed class KconfigEntry(string file, int line)
{
    public string File => file;

    public int Line => line;

    /// <summary>Its own "depends on" lines and the blocks around it, in other files too; null for none.</summary>
    public KconfigExpression? Depends { get; internal set; }

    /// <summary>The conditions that make up <see cref="Depends"/>, each with the place where it is written.</summary>
    public IReadOnlyList<(KconfigExpression Condition, string File, int Line)> Parts { get; internal set; } = [];

    /// <summary>By which a person sets it; none for a symbol that only others set.</summary>
    public IReadOnlyList<KconfigPrompt> Prompts { get; internal set; } = [];

    public IReadOnlyList<KconfigDefault> Defaults { get; internal set; } = [];

    public IReadOnlyList<KconfigRange> Ranges { get; internal set; } = [];
}
