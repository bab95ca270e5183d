using System.Collections.Immutable;

namespace KernelBuild.Caching;

/// <summary>A call of the compiler by way of ccache, and what became of it.</summary>
/// <param name="ObjectFile">As make names it, below the output folder.</param>
/// <param name="Outcome">local hit, remote hit, or miss.</param>
/// <param name="Reason">Why it missed; empty for a hit.</param>
/// <param name="Details">What differs from the earlier call: options, include files.</param>
public sealed record CompilerCall(string ObjectFile, string Outcome, string Reason, ImmutableArray<string> Details)
{
    public const string Miss = "miss";
}
