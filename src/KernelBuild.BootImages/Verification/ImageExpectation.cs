using System.Collections.Immutable;

namespace KernelBuild.BootImages.Verification;

/// <summary>What an image that was written must hold.</summary>
public sealed record ImageExpectation
{
    /// <summary>
    /// Whether the image was made from scratch. Then fields that contradict each other, padding that is not zero and an id that does not
    /// match are errors, nothing may follow a stream in its section, and the ramdisk must be a cpio archive. In an image that was edited
    /// such things may come from its maker.
    /// </summary>
    public bool IsNew { get; init; }

    public ExpectedContent Kernel { get; init; } = ExpectedContent.Any;

    public ExpectedContent Ramdisk { get; init; } = ExpectedContent.Any;

    /// <summary>The dtb section.</summary>
    public ExpectedContent Dtb { get; init; } = ExpectedContent.Any;

    /// <summary>Ramdisk fragments of a vendor_boot image, by name; those that are not named may be anything.</summary>
    public ImmutableSortedDictionary<string, ExpectedContent> Fragments { get; init; } =
        ImmutableSortedDictionary.Create<string, ExpectedContent>(StringComparer.Ordinal);

    /// <summary>The entries of a dtbo image, all of them in order; empty when they may be anything.</summary>
    public ImmutableArray<ExpectedContent> Overlays { get; init; } = [];

    /// <summary>The kernel command line, as UTF-8.</summary>
    public ExpectedContent CommandLine { get; init; } = ExpectedContent.Any;
}
