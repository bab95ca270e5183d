using System.Collections.Immutable;
using KernelBuild.BootImages.Boot;

namespace KernelBuild.BootImages.Editing;

/// <summary>What an edited image must hold, by SHA-256 of the decompressed content; null for what was not touched.</summary>
public sealed record EditExpectation
{
    /// <summary>The kernel after decompression.</summary>
    public ExpectedContent? Kernel { get; init; }

    /// <summary>The ramdisk after decompression.</summary>
    public ExpectedContent? Ramdisk { get; init; }

    /// <summary>The dtb section.</summary>
    public ExpectedContent? Dtb { get; init; }

    /// <summary>Fragments after decompression, by name.</summary>
    public ImmutableSortedDictionary<string, ExpectedContent> Fragments { get; init; } = ImmutableSortedDictionary.Create<string, ExpectedContent>(StringComparer.Ordinal);

    public string? CommandLine { get; init; }
}
