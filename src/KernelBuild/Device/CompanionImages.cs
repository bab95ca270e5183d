using System.Collections.Immutable;

namespace KernelBuild.Device;

/// <summary>init_boot.img: the generic ramdisk in an image of its own, as devices have it that were launched with Android 13 or later.</summary>
/// <param name="Stock">The image that the device runs; null to make one from nothing.</param>
/// <param name="Key">RSA private key in PEM form that signs the AVB metadata of the stock image; null to leave it unsigned.</param>
public sealed record InitBootRequest(string? Stock, string? Key);

/// <summary>vendor_boot.img of header version 3 or 4: device trees, the vendor's ramdisk and bootconfig.</summary>
public sealed record VendorBootRequest
{
    /// <summary>The image that the device runs; null to make one from nothing.</summary>
    public string? Stock { get; init; }

    /// <summary>RSA private key in PEM form that signs the AVB metadata of the stock image; null to leave it unsigned.</summary>
    public string? Key { get; init; }

    /// <summary>Of the vendor_boot header, at most 2,047 bytes; empty to leave that of a stock image.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>Lines of the bootconfig section, NAME=VALUE; empty to leave that of a stock image.</summary>
    public ImmutableArray<string> BootConfig { get; init; } = [];

    /// <summary>Files of the vendor's ramdisk; empty to leave that of a stock image.</summary>
    public ImmutableArray<RamdiskItem> Ramdisk { get; init; } = [];

    /// <summary>Put the modules that were built into it.</summary>
    public bool Modules { get; init; }
}

/// <summary>vbmeta.img: what it says of the images that were built becomes true of them, the rest stays.</summary>
/// <param name="Stock">The image that the device runs.</param>
/// <param name="Key">RSA private key in PEM form that signs it; null to leave it unsigned.</param>
public sealed record VbmetaRequest(string Stock, string? Key);

/// <summary>dtbo.img: overlays that the bootloader chooses from by their ids.</summary>
public sealed record DtboRequest
{
    /// <summary>The image that the device runs; null to make one from nothing.</summary>
    public string? Stock { get; init; }

    /// <summary>RSA private key in PEM form that signs the AVB metadata of the stock image; null to leave it unsigned.</summary>
    public string? Key { get; init; }

    /// <summary>0, or 1 where the first custom word has flags; a stock image must have the same.</summary>
    public uint Version { get; init; }

    /// <summary>Bytes, as the header of a new image has it; null for mkdtboimg's default.</summary>
    public uint? PageSize { get; init; }

    public ImmutableArray<DtboItem> Entries { get; init; } = [];
}

/// <summary>An overlay of dtbo.img.</summary>
/// <param name="Source">
/// A .dts, .dtso or .dtbo file of the device's own; a path or pattern below arch/ARCH/boot/dts of the kernel; or mkdtboimg's
/// configuration file, a .cfg.
/// </param>
/// <param name="Folder">Of a configuration file: where its names stand, below arch/ARCH/boot/dts or beside the project.</param>
/// <param name="Id">Which board; the bootloader decides what it means.</param>
/// <param name="Revision">Which revision of it.</param>
/// <param name="Custom">The four further words of the entry.</param>
public sealed record DtboItem(string Source, string Folder, uint Id, uint Revision, ImmutableArray<uint> Custom);

/// <summary>An overlay that is applied to device trees before they go into an image.</summary>
/// <param name="Source">A .dtso file, absolute.</param>
/// <param name="Compatible">Only trees whose root is compatible with this; empty for all.</param>
public sealed record TreeOverlay(string Source, string Compatible = "");

/// <summary>A module that is not part of the kernel's tree.</summary>
/// <param name="Folder">With the module's Makefile or Kbuild: below the source's top, or absolute.</param>
/// <param name="MakeVariables">NAME=VALUE for its make only.</param>
public sealed record ExternalModule(string Folder, ImmutableArray<string> MakeVariables);

/// <summary>Modules of the device that the new kernel has to load.</summary>
/// <param name="Path">A folder or an image with modules in it, absolute.</param>
/// <param name="Except">Names of modules, such as wlan, that may be refused.</param>
public sealed record VendorModules(string Path, ImmutableArray<string> Except);
