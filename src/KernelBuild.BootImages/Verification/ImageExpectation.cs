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

    /// <summary>Whether AVB metadata may differ from what was signed, as after a change of its flags alone.</summary>
    public bool AllowsStaleSignature { get; init; }

    public ExpectedContent Kernel { get; init; } = ExpectedContent.Any;

    public ExpectedContent Ramdisk { get; init; } = ExpectedContent.Any;

    /// <summary>The dtb section.</summary>
    public ExpectedContent Dtb { get; init; } = ExpectedContent.Any;

    /// <summary>Ramdisk fragments of a vendor_boot image, by number; those that are not named may be anything.</summary>
    public ImmutableSortedDictionary<int, ExpectedContent> Fragments { get; init; } = ImmutableSortedDictionary<int, ExpectedContent>.Empty;

    /// <summary>The entries of a dtbo image, all of them in order; empty when they may be anything.</summary>
    public ImmutableArray<ExpectedContent> Overlays { get; init; } = [];

    /// <summary>The kernel command line, as UTF-8.</summary>
    public ExpectedContent CommandLine { get; init; } = ExpectedContent.Any;
}
