using System.Collections.Immutable;
using System.CommandLine;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Files;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Compression.Codecs;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Images;

/// <summary>The options of a command line that say how an edited image is stored and signed, and what goes into it.</summary>
internal sealed class EditOptions
{
    private readonly Option<string?> _kernel = Arguments.Text(
        "--kernel", "A kernel, compressed or not; stored as the old one is, unless it comes compressed");
    private readonly Option<string?> _ramdisk = Arguments.Text(
        "--ramdisk", "A ramdisk, compressed or not; stored as the old one is, unless it comes compressed");
    private readonly Option<string?> _second = Arguments.Text("--second", "A second-stage bootloader");
    private readonly Option<string?> _dtb = Arguments.Text("--dtb", "The device tree blob");
    private readonly Option<string?> _table = Arguments.Text("--dt", "The device-tree table of an image for an old bootloader");
    private readonly Option<string?> _recoveryDtbo = Arguments.Text("--recovery-dtbo", "The overlay for recovery");
    private readonly Option<string?> _bootConfig = Arguments.Text("--bootconfig", "Text of a vendor_boot image");
    private readonly Option<string[]> _fragments = new("--fragment")
    {
        Description = "NAME=FILE: a ramdisk fragment of a vendor_boot image; may be repeated",
    };
    private readonly Option<string?> _commandLine = Arguments.Text("--cmdline", "The kernel command line");
    private readonly Option<string?> _osVersion = Arguments.Text("--os-version", "Such as 14.0.0");
    private readonly Option<string?> _patchLevel = Arguments.Text("--os-patch-level", "Such as 2024-05");
    private readonly Option<bool> _noCertificate = new("--no-gki-certificate")
    {
        Description = "Remove the certificate of the generic kernel",
    };
    private readonly Option<string?> _kernelCompression = Arguments.Text(
        "--kernel-compression", "none, gzip, lz4-legacy, lz4, zstd, xz, lzma or bzip2, whatever the old kernel has");
    private readonly Option<string?> _ramdiskCompression = Arguments.Text("--ramdisk-compression", "The same for ramdisks");
    private readonly Option<string?> _algorithm = Arguments.Text(
        "--algorithm", "SHA256_RSA4096 and the like; the old one when the key fits it");
    private readonly Option<string?> _rollbackIndex = Arguments.Text("--rollback-index", "Of the AVB metadata");
    private readonly Option<string?> _partitionSize = Arguments.Text(
        "--partition-size", "Bytes of the partition; the old file's size otherwise");

    private readonly Option<string?> _keyFile = Arguments.Text(
        "--key", "Signs the AVB metadata, or renews the signature of AVB 1: a private key in PEM form");
    private readonly Option<string?> _certificate = SigningKeys.CertificateOption();
    private readonly KeyOptions _keys = new();

    /// <summary>Options of what goes into an image.</summary>
    public IEnumerable<Option> Contents =>
        [
            _kernel, _ramdisk, _second, _dtb, _table, _recoveryDtbo, _bootConfig, _fragments, _commandLine, _osVersion, _patchLevel,
            _noCertificate,
        ];

    /// <summary>Options of how it is stored and signed.</summary>
    public IEnumerable<Option> Storage =>
        [_kernelCompression, _ramdiskCompression, .. Signing];

    /// <summary>Those of them that are about signing.</summary>
    public IEnumerable<Option> Signing => [_certificate, .. SigningAvb2];

    /// <summary>Those of images that AVB 1 never signed.</summary>
    public IEnumerable<Option> SigningAvb2 => [_keyFile, .. _keys.All, _algorithm, _rollbackIndex, _partitionSize];

    /// <summary>How keys are opened and who signs, also for a vbmeta image that follows.</summary>
    public KeySource KeySource(ParseResult result) => _keys.Of(result);

    /// <exception cref="Diagnostics.DiagnosticException">KB9010, KB9012 or KB5030.</exception>
    public SigningKeys ReadKeys(ParseResult result, ImageFile file, bool needsAvb = false) =>
        SigningKeys.Read(_keys.Of(result), result.GetValue(_keyFile), result.GetValue(_certificate), file, needsAvb);

    /// <summary>Whether one of them is given, so that an image changes although nothing in it does.</summary>
    public bool HasStorage(ParseResult result) => Storage.Any(option => IsGiven(result, option));

    /// <summary>Refuses options that this image, or the lack of a key, leaves without effect.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="file">The image before the edit.</param>
    /// <param name="edits">All of them.</param>
    /// <param name="vbmeta">Whether a vbmeta image is signed, too, and whether with a key of its own.</param>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010.</exception>
    public void RequireEffect(ParseResult result, ImageFile file, ImageEdits edits, (bool IsGiven, bool HasKey) vbmeta = default)
    {
        var (hasFooter, hasKey) = (file.Footer is not null, result.GetValue(_keyFile) is not null);
        const string none = "the image has no AVB metadata";
        const string sign = "give it some: kernelbuild avb sign; or leave the option out";
        const string noKey = "there is no key to sign with";
        const string giveKey = "give it: --key key.pem; or leave the option out";
        Require(_keyFile, hasFooter || file.Avb1 is not null || vbmeta.IsGiven || result.GetValue(_certificate) is not null, none, sign);
        Require(_rollbackIndex, hasFooter, none, sign);
        Require(_algorithm, hasFooter, none, sign);
        Require(_algorithm, hasKey || edits.Algorithm == AvbAlgorithm.None, noKey, giveKey);
        foreach (var option in _keys.All)
        {
            Require(option, hasKey || vbmeta.HasKey, noKey, giveKey);
        }

        Require(_kernelCompression, edits.Kernel is not null, "no kernel is put in", "give it: --kernel FILE");
        Require(
            _ramdiskCompression, edits.Ramdisk is not null || !edits.Fragments.IsEmpty || !edits.FragmentsByIndex.IsEmpty,
            "no ramdisk is put in", "give it: --ramdisk FILE");

        void Require(Option option, bool hasEffect, string why, string fix)
        {
            if (!hasEffect && IsGiven(result, option))
            {
                throw CommandFrame.Usage($"{option.Name} has no effect: {why}", fix);
            }
        }
    }

    public ImageEdits ReadContents(ParseResult result, ImageEdits edits, BootImage? boot) => edits with
    {
        Kernel = Read(result, _kernel),
        Ramdisk = Read(result, _ramdisk),
        Second = Read(result, _second),
        Dtb = Read(result, _dtb),
        DeviceTreeTable = Read(result, _table),
        RecoveryDtbo = Read(result, _recoveryDtbo),
        BootConfig = Read(result, _bootConfig),
        Fragments = ReadFragments(result.GetValue(_fragments) ?? []),
        CommandLine = result.GetValue(_commandLine),
        OsVersion = ReadOsVersion(result, boot),
        RemoveCertificate = result.GetValue(_noCertificate),
    };

    public ImageEdits ReadStorage(ParseResult result, SigningKeys keys) => new()
    {
        KernelCompression = Format("--kernel-compression", result.GetValue(_kernelCompression)),
        RamdiskCompression = Format("--ramdisk-compression", result.GetValue(_ramdiskCompression)),
        Key = keys.Avb,
        Avb1Key = keys.Avb1,
        Algorithm = Algorithm(result.GetValue(_algorithm)),
        RollbackIndex = result.GetValue(_rollbackIndex) is { } index ? Numbers.Parse("--rollback-index", index) : null,
        PartitionSize = Numbers.ParseSize("--partition-size", result.GetValue(_partitionSize)),
    };

    private static bool IsGiven(ParseResult result, Option option) => result.GetResult(option) is { Implicit: false };

    /// <exception cref="Diagnostics.DiagnosticException">KB9010: no such algorithm.</exception>
    public static AvbAlgorithm? Algorithm(string? name) => name is null
        ? null
        : AvbAlgorithm.Find(name)
            ?? throw CommandFrame.Usage(
                $"there is no algorithm {name}", $"one of {string.Join(", ", AvbAlgorithm.All.Select(a => a.Name))}");

    private static CompressionFormat? Format(string option, string? name) => name is null
        ? null
        : CompressionFormats.Find(name)
            ?? throw CommandFrame.Usage(
                $"{option}: there is no compression {name}", "one of none, gzip, lz4-legacy, lz4, zstd, xz, lzma, bzip2");

    private static ReadOnlyMemory<byte>? Read(ParseResult result, Option<string?> option) =>
        result.GetValue(option) is { } path ? InputFile.Read(path) : (ReadOnlyMemory<byte>?)null;

    private static ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> ReadFragments(string[] arguments)
    {
        var fragments = new ImageEdits().Fragments;
        foreach (var argument in arguments)
        {
            var split = argument.IndexOf('=', StringComparison.Ordinal);
            if (split < 0)
            {
                throw CommandFrame.Usage($"--fragment takes NAME=FILE, not '{argument}'", "kernelbuild boot info shows the names");
            }

            fragments = fragments.SetItem(argument[..split], InputFile.Read(argument[(split + 1)..]));
        }

        return fragments;
    }

    private OsVersion? ReadOsVersion(ParseResult result, BootImage? boot)
    {
        var version = result.GetValue(_osVersion);
        var level = result.GetValue(_patchLevel);
        if (version is null && level is null)
        {
            return null;
        }

        const uint levelBits = 0x7ff;
        var old = boot?.OsVersion.Raw ?? 0;
        var given = OsVersion.Parse(version, level).Raw;
        return new OsVersion(
            (version is null ? old & ~levelBits : given & ~levelBits) | (level is null ? old & levelBits : given & levelBits));
    }
}
