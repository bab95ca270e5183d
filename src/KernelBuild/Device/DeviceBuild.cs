using System.Collections.Immutable;
using System.Text.Json.Serialization;
using System.Text.Json;
using KernelBuild.Caching;
using KernelBuild.Farm;
using KernelBuild.Host.Files;

namespace KernelBuild.Device;

/// <summary>
/// A device project after evaluation: everything that a build of it depends on, as absolute paths and plain values. The
/// MSBuild SDK writes it; every stage reads it. Written with its own JSON form beside the records of the build.
/// </summary>
public sealed record DeviceBuild
{
    /// <summary>Name of the device, which is its folder under kernels/ and under artifacts/.</summary>
    public required string Name { get; init; }

    public required string ProjectFile { get; init; }

    /// <summary>The folder that holds .work/ and artifacts/.</summary>
    public required string RootFolder { get; init; }

    /// <summary>Leaves out every series, into folders of its own: the control of an experiment.</summary>
    public bool WithoutPatches { get; init; }

    /// <summary>A name of its own under .work/ and artifacts/, for a build beside the usual one; empty for the usual name.</summary>
    public string VariantName { get; init; } = "";

    /// <summary>As kbuild's ARCH= names it.</summary>
    public required string Architecture { get; init; }

    public ToolchainRequest Toolchain { get; init; } = new();

    /// <summary>NAME=VALUE for make, which hands it on to Kconfig's environment; they win over what the build sets itself.</summary>
    public ImmutableArray<string> MakeVariables { get; init; } = [];

    /// <summary>
    /// AOSP's build.config files, sourced in order: absolute paths of the project's own, or paths of the source, below the
    /// kernel's top or below the source's.
    /// </summary>
    public ImmutableArray<string> BuildConfigs { get; init; } = [];

    /// <summary>Names of the properties that the project itself gives a value, where a default hides that; they win over a
    /// build.config.</summary>
    public ImmutableArray<string> Stated { get; init; } = [];

    /// <summary>What a build.config exports to make's environment; a variable on make's command line wins.</summary>
    public ImmutableSortedDictionary<string, string> MakeEnvironment { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>What a build.config runs around the defconfig; null when it runs nothing, or has no say in the configuration.</summary>
    public DefconfigCommands? DefconfigCommands { get; init; }

    /// <summary>Further flags of the C compiler, as kbuild's KCFLAGS takes them.</summary>
    public string KCFlags { get; init; } = "";

    public required SourceItem KernelSource { get; init; }

    /// <summary>Further sources, each put into the folder of the kernel's tree that it names.</summary>
    public ImmutableArray<SourceItem> SourceParts { get; init; } = [];

    /// <summary>Folders with a series file, in order.</summary>
    public ImmutableArray<string> PatchSeries { get; init; } = [];

    /// <summary>Where the kernel stands in its source, such as kernel-5.15; empty for the source's top.</summary>
    public string KernelFolder { get; init; } = "";

    /// <summary>
    /// What the configuration begins with: a target of kbuild or a file, then further files merged into it in order. Files are
    /// named below arch/ARCH/configs, below the kernel's top, or by an absolute path.
    /// </summary>
    public required ImmutableArray<string> Defconfigs { get; init; }

    /// <summary>Fragment files in order; a later one wins.</summary>
    public ImmutableArray<string> ConfigFragments { get; init; } = [];

    /// <summary>Device trees: a path below arch/ARCH/boot/dts of the kernel, or a .dts file of the device's own.</summary>
    public ImmutableArray<string> DeviceTrees { get; init; } = [];

    /// <summary>
    /// Compiled to .dtbo and applied in order to every device tree; to those of the stock images when the device has none of its own.
    /// </summary>
    public ImmutableArray<TreeOverlay> DeviceTreeOverlays { get; init; } = [];

    /// <summary>Device trees stand behind the kernel in boot.img, as bootloaders of header versions 0 and 1 look for them.</summary>
    public bool AppendDeviceTrees { get; init; }

    /// <summary>False to compile device trees only: that they reach no image is then no error.</summary>
    public bool DeviceTreesInImage { get; init; } = true;

    public ImmutableArray<RamdiskItem> Ramdisk { get; init; } = [];

    /// <summary>Header version, 0 to 4; 2 has a device tree in it.</summary>
    public required int BootImageVersion { get; init; }

    /// <summary>What of arch/ARCH/boot goes into boot.img, such as Image.gz; or vmlinux.</summary>
    public required string KernelImage { get; init; }

    /// <summary>Build the kernel's modules too, and install them stripped.</summary>
    public bool Modules { get; init; }

    /// <summary>Put the modules into the ramdisk, below lib/modules.</summary>
    public bool ModulesInRamdisk { get; init; }

    /// <summary>Modules outside the kernel's tree, in the order that the project has them.</summary>
    public ImmutableArray<ExternalModule> ExternalModules { get; init; } = [];

    /// <summary>Names of modules, such as e1000e.ko, that modules.load has, in order; empty for all of them in the order of kbuild.</summary>
    public ImmutableArray<string> ModuleLoad { get; init; } = [];

    /// <summary>PEM file with key and certificate that CONFIG_MODULE_SIG signs modules with; null for a key that the build makes.</summary>
    public string? ModuleSigningKey { get; init; }

    /// <summary>What the device has of modules: checked against the new kernel before anything is packed.</summary>
    public ImmutableArray<VendorModules> VendorModules { get; init; } = [];

    public string CommandLine { get; init; } = "";

    /// <summary>Bytes; header versions 0 to 2 only, later ones have 4096 by definition.</summary>
    public int PageSize { get; init; } = 4096;

    /// <summary>A.B.C, or empty.</summary>
    public string OsVersion { get; init; } = "";

    /// <summary>YYYY-MM, or empty.</summary>
    public string OsPatchLevel { get; init; } = "";

    /// <summary>The image that the device runs, which the kernel is put into; null to make one from nothing.</summary>
    public string? StockBootImage { get; init; }

    /// <summary>RSA private key in PEM form that signs the AVB metadata of the stock image anew; null to leave it unsigned.</summary>
    public string? BootImageKey { get; init; }

    /// <summary>Null for a device without init_boot partition.</summary>
    public InitBootRequest? InitBoot { get; init; }

    /// <summary>Null for a device without vendor_boot partition, or one whose image stays as it is.</summary>
    public VendorBootRequest? VendorBoot { get; init; }

    /// <summary>Null for a device without dtbo partition, or one whose image stays as it is.</summary>
    public DtboRequest? Dtbo { get; init; }

    /// <summary>Null for a device whose vbmeta.img stays as it is.</summary>
    public VbmetaRequest? Vbmeta { get; init; }

    /// <summary>Names that bootloaders of the device give as their product (fastboot getvar product); empty when the project says none.</summary>
    public ImmutableArray<string> FlashProducts { get; init; } = [];

    public required BuildIdentity Identity { get; init; }

    /// <summary>File of an SSH key, or gpg:NAME, that signs what was built; null to sign nothing.</summary>
    public string? ArtifactSigningKey { get; init; }

    /// <summary>Compile through ccache when it is there, and where that keeps its objects.</summary>
    public CompilerCacheSetting CompilerCache { get; init; } = CompilerCacheSetting.Default;

    /// <summary>The shared cache of <see cref="CompilerCache"/> once it has been measured; null for none, or one that is not worth it.</summary>
    [JsonIgnore]
    public RemoteStorage? RemoteStorage { get; init; }

    /// <summary>Where else the compiler runs.</summary>
    public BuildFarmSetting BuildFarm { get; init; } = BuildFarmSetting.None;

    /// <summary>The way to <see cref="BuildFarm"/> once it has been joined; null without one.</summary>
    [JsonIgnore]
    public FarmLaunch? Farm { get; init; }

    /// <summary>Files that hooks of the project depend on: a change of one makes the build run again.</summary>
    public ImmutableArray<string> AdditionalInputs { get; init; } = [];

    public EmulationSettings Emulation { get; init; } = new();

    /// <summary>Of both ramdisks.</summary>
    [JsonIgnore]
    public IEnumerable<RamdiskItem> RamdiskItems => Ramdisk.Concat(VendorBoot?.Ramdisk ?? []);

    /// <summary>Images that the device runs, and the keys that sign them.</summary>
    [JsonIgnore]
    public IEnumerable<string> StockFiles => new[]
    {
        StockBootImage, BootImageKey, InitBoot?.Stock, InitBoot?.Key, VendorBoot?.Stock, VendorBoot?.Key, Dtbo?.Stock, Dtbo?.Key,
        Vbmeta?.Stock, Vbmeta?.Key, ModuleSigningKey,
    }.OfType<string>();

    /// <summary>The name under .work/ and artifacts/.</summary>
    [JsonIgnore]
    public string Variant => VariantName.Length > 0 ? VariantName : WithoutPatches ? Name + ".without-patches" : Name;

    [JsonIgnore]
    public string LockFile => SourceRequest.LockFile;

    [JsonIgnore]
    public SourceRequest SourceRequest => new(KernelSource, ProjectFile, Folders) { Parts = SourceParts };

    /// <summary>The kernel's top in the work tree.</summary>
    [JsonIgnore]
    public string KernelRoot => Path.Combine(Folders.Tree, KernelFolder).TrimEnd('/');

    [JsonIgnore]
    public DeviceFolders Folders => new(RootFolder, Variant);

    public void Save(string path) => AtomicFile.Write(path, ToText());

    /// <summary>The whole record, as <see cref="Save"/> writes it.</summary>
    public string ToText() => JsonSerializer.Serialize(this, DeviceJson.Default.DeviceBuild);

    public static DeviceBuild Load(string path) =>
        JsonSerializer.Deserialize(File.ReadAllText(path), DeviceJson.Default.DeviceBuild)
        ?? throw new InvalidDataException($"{path} holds no device");
}
