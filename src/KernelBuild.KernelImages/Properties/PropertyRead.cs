using System.Collections.Immutable;

namespace KernelBuild.KernelImages.Properties;

/// <summary>A call that reads device-tree properties.</summary>
/// <param name="Function">The function that calls.</param>
/// <param name="Address">Of the call.</param>
/// <param name="Accessor">What it calls.</param>
/// <param name="Properties">The names it reads, more than one where paths differ; empty when they are not constant.</param>
/// <param name="PassedOn">The name is an argument of the function itself: its callers say which.</param>
public sealed record PropertyRead(string Function, ulong Address, string Accessor, ImmutableArray<string> Properties, bool PassedOn)
{
    public bool IsResolved => PassedOn || Properties.Length > 0;
}
