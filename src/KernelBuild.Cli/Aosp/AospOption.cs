using System.Collections.Immutable;

namespace KernelBuild.Cli.Aosp;

/// <summary>An option of one of AOSP's tools.</summary>
/// <param name="Name">Without dashes.</param>
/// <param name="Value">What stands for its value in help; null for a flag.</param>
/// <param name="Help">One sentence.</param>
internal sealed record AospOption(string Name, string? Value, string Help)
{
    /// <summary>Other spellings, with dashes.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];

    public bool IsRequired { get; init; }

    /// <summary>The values that there are; empty for any.</summary>
    public ImmutableArray<string> Choices { get; init; } = [];

    public IEnumerable<string> Spellings => Aliases.Prepend("--" + Name);

    /// <summary>As usage lines show it: "[-o OUTPUT]", "--key KEY".</summary>
    public string Usage
    {
        get
        {
            var spelled = Spellings.OrderBy(one => one.Length).First() + (Value is null ? "" : " " + Value);
            return IsRequired ? spelled : $"[{spelled}]";
        }
    }
}
