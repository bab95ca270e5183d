using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Boot;

/// <summary>One file of the command line.</summary>
internal sealed record BootFileInfo(string File)
{
    /// <summary>Bytes; null when the file could not be read.</summary>
    public long? Size { get; init; }

    public string? Sha256 { get; init; }

    /// <summary>boot, vendor_boot, vbmeta, dtbo, unknown; null when nothing could be read.</summary>
    public string? Kind { get; init; }

    /// <summary>What stands in front of the image, such as dhtb_header; null as a rule.</summary>
    public string? Wrapper { get; init; }

    /// <summary>Null when there is no AVB metadata that can be read.</summary>
    public KernelBuild.Cli.Images.AvbInfo? Avb { get; init; }

    /// <summary>Null when it is no vendor_boot image.</summary>
    public VendorBootInfo? VendorBoot { get; init; }

    /// <summary>Null when the file is no boot image that can be read; a finding says why.</summary>
    public BootImageInfo? Image { get; init; }

    public required IReadOnlyList<FindingInfo> Findings { get; init; }
}
