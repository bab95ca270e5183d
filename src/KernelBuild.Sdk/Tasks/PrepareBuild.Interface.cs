using Microsoft.Build.Framework;

namespace KernelBuild.Sdk.Tasks;

/// <summary>The evaluated project, property by property; Sdk.targets documents each with its default.</summary>
public sealed partial class PrepareBuild
{
    [Required]
    public string DeviceName { get; set; } = "";

    [Required]
    public string ProjectFile { get; set; } = "";

    [Required]
    public string RootFolder { get; set; } = "";

    /// <summary>A file that takes the evaluated project instead: then nothing is prepared, locked or forgotten.</summary>
    public string DescribeTo { get; set; } = "";

    public bool WithoutPatches { get; set; }

    /// <summary>A name of its own under .work/ and artifacts/; empty for the usual one.</summary>
    public string Variant { get; set; } = "";

    public string Architecture { get; set; } = "";

    public string Clang { get; set; } = "";

    /// <summary>clang or gcc.</summary>
    public string Compiler { get; set; } = "clang";

    /// <summary>true, false, or empty to choose by the kernel's version.</summary>
    public string IntegratedAssembler { get; set; } = "";

    /// <summary>Further programs that the build may call.</summary>
    public ITaskItem[] BuildPrograms { get; set; } = [];

    /// <summary>NAME=VALUE.</summary>
    public ITaskItem[] MakeVariables { get; set; } = [];

    public string KCFlags { get; set; } = "";

    public string ToolchainFolder { get; set; } = "";

    /// <summary>Exactly one without Path. Metadata: Path, KernelFolder, Mirrors, SigningKey, Signature, Submodules, Groups.</summary>
    public ITaskItem[] KernelSource { get; set; } = [];

    public ITaskItem[] PatchSeries { get; set; } = [];

    /// <summary>AOSP's build.config files; then Defconfig may be left out.</summary>
    public ITaskItem[] BuildConfigs { get; set; } = [];

    /// <summary>Names of properties to which the project gives a value where the SDK has a default; separated by semicolons.</summary>
    public string Stated { get; set; } = "";

    /// <summary>One at least; the second and further ones are merged into the first.</summary>
    public ITaskItem[] Defconfig { get; set; } = [];

    public ITaskItem[] ConfigFragments { get; set; } = [];

    public ITaskItem[] DeviceTrees { get; set; } = [];

    public ITaskItem[] DeviceTreeOverlays { get; set; } = [];

    /// <summary>Identity: a file, directory:, link:TARGET or debian:PACKAGE!PATH. Metadata: Path, Mode.</summary>
    public ITaskItem[] Ramdisk { get; set; } = [];

    public ITaskItem[] AdditionalInputs { get; set; } = [];

    public string BootImageVersion { get; set; } = "";

    public string KernelImage { get; set; } = "";

    public bool Modules { get; set; }

    public bool ModulesInRamdisk { get; set; }

    public bool ModulesInVendorBoot { get; set; }

    /// <summary>Folders. Metadata: MakeVariables, separated by semicolons.</summary>
    public ITaskItem[] ExternalModules { get; set; } = [];

    /// <summary>Names such as e1000e.ko, in order.</summary>
    public ITaskItem[] ModuleLoad { get; set; } = [];

    public string ModuleSigningKey { get; set; } = "";

    /// <summary>Folders and images. Metadata: Except, names of modules that may be refused, separated by semicolons.</summary>
    public ITaskItem[] VendorModules { get; set; } = [];

    public bool AppendDeviceTrees { get; set; }

    public bool DeviceTreesInImage { get; set; } = true;

    public string StockVendorBootImage { get; set; } = "";

    /// <summary>Whether to make one from nothing.</summary>
    public bool VendorBootImage { get; set; }

    public string VendorBootImageKey { get; set; } = "";

    public string VendorCommandLine { get; set; } = "";

    /// <summary>NAME=VALUE.</summary>
    public ITaskItem[] BootConfig { get; set; } = [];

    /// <summary>As <see cref="Ramdisk"/>, for vendor_boot.</summary>
    public ITaskItem[] VendorRamdisk { get; set; } = [];

    public string StockInitBootImage { get; set; } = "";

    /// <summary>Whether to make one from nothing.</summary>
    public bool InitBootImage { get; set; }

    public string InitBootImageKey { get; set; } = "";

    public string StockDtboImage { get; set; } = "";

    /// <summary>Overlays or a configuration file. Metadata: Id, Rev, Custom0 to Custom3, Flags; Folder for a configuration file.</summary>
    public ITaskItem[] DtboImage { get; set; } = [];

    public string DtboImageKey { get; set; } = "";

    public string DtboVersion { get; set; } = "0";

    /// <summary>Empty for mkdtboimg's default.</summary>
    public string DtboPageSize { get; set; } = "";

    public string StockVbmetaImage { get; set; } = "";

    public string VbmetaImageKey { get; set; } = "";

    public string CommandLine { get; set; } = "";

    public string PageSize { get; set; } = "";

    public string OsVersion { get; set; } = "";

    public string OsPatchLevel { get; set; } = "";

    public string StockBootImage { get; set; } = "";

    public string BootImageKey { get; set; } = "";

    /// <summary>File of an SSH key, or gpg:NAME; empty to sign nothing.</summary>
    public string ArtifactSigningKey { get; set; } = "";

    /// <summary>Names of products, separated by semicolons; empty for none.</summary>
    public string FlashProduct { get; set; } = "";

    public string CompilerCache { get; set; } = "";

    public string BuildFarm { get; set; } = "";

    public string Timestamp { get; set; } = "";

    public string User { get; set; } = "";

    public string Host { get; set; } = "";

    public string BuildVersion { get; set; } = "";

    /// <summary>Arguments separated by white space.</summary>
    public string QemuArguments { get; set; } = "";

    /// <summary>As <see cref="QemuArguments"/>, for the proof of passthrough alone.</summary>
    public string PassthroughQemuArguments { get; set; } = "";

    /// <summary>Addresses of PCI functions.</summary>
    public ITaskItem[] PassthroughFunctions { get; set; } = [];

    public string BootTestCommandLine { get; set; } = "";

    public string BootTestTimeout { get; set; } = "";

    public string ExpectedGroups { get; set; } = "";

    public string ExpectedGroupsWithoutPatches { get; set; } = "";
}
