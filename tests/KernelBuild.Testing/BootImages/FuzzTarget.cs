using KernelBuild.Diagnostics;

namespace KernelBuild.Testing.BootImages;

/// <summary>A reader, and what it is fed with.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Seeds">Intact inputs that are mutated.</param>
/// <param name="Read">Reads a mutated input and returns what it found; any exception is a defect.</param>
public sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, Func<byte[], IEnumerable<Diagnostic>> Read)
{
    /// <summary>How many inputs it gets, beside the others: less for a reader that takes milliseconds for the smallest stream.</summary>
    public double Share { get; init; } = 1;
}
