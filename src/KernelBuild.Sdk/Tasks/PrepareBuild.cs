using System.Globalization;
using KernelBuild.Build;
using KernelBuild.Caching;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Farm;
using KernelBuild.Host.Reporting;
using Microsoft.Build.Framework;

namespace KernelBuild.Sdk.Tasks;

/// <summary>
/// Turns the evaluated project into a <see cref="DeviceBuild"/>, takes the device's lock until the build ends, finds out what
/// the host lacks, and forgets what the last build claimed.
/// </summary>
public sealed partial class PrepareBuild : StageTask
{
    /// <summary>What arm64's makefile makes, in one version or another; whether this kernel does is asked when it is there.</summary>
    private static readonly string[] _kernelImages =
        [
            "Image", "Image.gz", "Image.bz2", "Image.lz4", "Image.lzma", "Image.lzo", "Image.xz", "Image.zst", "Image-dtb", "Image.gz-dtb",
            "vmlinux",
        ];

    /// <summary>Variables that the build itself gives a value which its folders depend on.</summary>
    private static readonly string[] _ownVariables = ["O", "ARCH", "SRCARCH", "KBUILD_OUTPUT", "srctree", "objtree", "PATH", "MAKEFLAGS"];

    internal override async Task ExecuteAsync(IBuildLog log, CancellationToken cancellationToken)
    {
        var device = Device();
        if (DescribeTo.Length > 0)
        {
            device.Save(DescribeTo);
            return;
        }

        TakeLock(device);
        var session = Share(new BuildSession(device, Options()));
        session.Begin();
        await session.EnsurePrerequisitesAsync(log, cancellationToken);
    }

    internal DeviceBuild Device()
    {
        RefuseWhatHasNoEffect();
        return Evaluated();
    }

    /// <summary>Properties that another one takes the effect from.</summary>
    private void RefuseWhatHasNoEffect()
    {
        if (Compiler == "gcc" && Clang.Length + IntegratedAssembler.Length > 0)
        {
            throw Invalid("Clang and IntegratedAssembler have no meaning where Compiler is gcc");
        }

        if (ModulesInRamdisk && Ramdisk.Length == 0 && (HasInitBoot ? StockInitBootImage : StockBootImage).Length > 0)
        {
            throw Invalid("ModulesInRamdisk has no effect on a stock image whose ramdisk stays: the project has no Ramdisk items");
        }

        RefuseImagesWithoutEffect();
    }

    private DeviceBuild Evaluated() => new()
    {
        Name = DeviceName,
        ProjectFile = ProjectFile,
        RootFolder = Path.GetFullPath(RootFolder).TrimEnd('/'),
        WithoutPatches = WithoutPatches,
        VariantName = Variant,
        Architecture = Architecture == "arm64" ? Architecture : throw Invalid($"Architecture is '{Architecture}'; only arm64 is built"),
        Toolchain = new ToolchainRequest
        {
            Compiler = Compiler is "clang" or "gcc" ? Compiler : throw Invalid($"Compiler is '{Compiler}'; clang or gcc was expected"),
            Clang = Clang.Length == 0 ? null : Number(nameof(Clang), Clang, 11, 99),
            IntegratedAssembler = Choice(nameof(IntegratedAssembler), IntegratedAssembler),
            Folder = OptionalPath(ToolchainFolder),
            Programs = [.. BuildPrograms.Select(Program)],
        },
        MakeVariables = [.. MakeVariables.Select(MakeVariable)],
        KCFlags = KCFlags.Trim(),
        KernelSource = Sources.Kernel,
        SourceParts = Sources.Parts,
        KernelFolder = KernelFolder(),
        PatchSeries = [.. PatchSeries.Select(item => FullPath(item.ItemSpec))],
        BuildConfigs = [.. BuildConfigs.Select(FileOfProjectOrTree)],
        Stated = [.. Stated.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
        Defconfigs = Defconfig.Length + BuildConfigs.Length > 0
            ? [.. Defconfig.Select(FileOfProjectOrTree)]
            : throw Invalid("the project has no Defconfig item, such as <Defconfig Include=\"defconfig\" />"),
        ConfigFragments = [.. ConfigFragments.Select(item => FullPath(item.ItemSpec))],
        DeviceTrees = [.. DeviceTrees.Select(DeviceTree)],
        DeviceTreeOverlays = [.. DeviceTreeOverlays.Select(item => new TreeOverlay(FullPath(item.ItemSpec), item.GetMetadata("Compatible")))],
        Ramdisk = [.. Ramdisk.Select(RamdiskItem).OrderBy(item => item.Path, StringComparer.Ordinal)],
        AdditionalInputs = [.. AdditionalInputs.Select(item => FullPath(item.ItemSpec))],
        BootImageVersion = Number(nameof(BootImageVersion), BootImageVersion, 0, 4),
        KernelImage = _kernelImages.Contains(KernelImage)
            ? KernelImage
            : throw Invalid($"KernelImage is '{KernelImage}'; expected one of {string.Join(", ", _kernelImages)}"),
        AppendDeviceTrees = AppendDeviceTrees,
        DeviceTreesInImage = DeviceTreesInImage,
        Modules = BuildsModules,
        ModulesInRamdisk = ModulesInRamdisk,
        ExternalModules = [.. ExternalModules.Select(ExternalModule)],
        ModuleLoad = [.. ModuleLoad.Select(item => item.ItemSpec)],
        ModuleSigningKey = OptionalPath(ModuleSigningKey),
        VendorModules = [.. VendorModules.Select(ModulesOfVendor)],
        InitBoot = HasInitBoot ? new InitBootRequest(OptionalPath(StockInitBootImage), OptionalPath(InitBootImageKey)) : null,
        VendorBoot = HasVendorBoot ? VendorBoot() : null,
        Dtbo = DtboImage.Length > 0 ? Dtbo() : null,
        Vbmeta = StockVbmetaImage.Length > 0 ? new VbmetaRequest(FullPath(StockVbmetaImage), OptionalPath(VbmetaImageKey)) : null,
        CommandLine = CommandLine.Trim(),
        PageSize = Number(nameof(PageSize), PageSize, 2048, 16384),
        OsVersion = OsVersion,
        OsPatchLevel = OsPatchLevel,
        StockBootImage = OptionalPath(StockBootImage),
        BootImageKey = OptionalPath(BootImageKey),
        ArtifactSigningKey = ArtifactSigningKey.StartsWith("gpg:", StringComparison.Ordinal) ? ArtifactSigningKey : OptionalPath(ArtifactSigningKey),
        FlashProducts = [.. FlashProduct.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
        CompilerCache = CacheSetting(),
        BuildFarm = FarmSetting(),
        Identity = new BuildIdentity(Timestamp, User, Host, BuildVersion),
        Emulation = new EmulationSettings
        {
            QemuArguments = [.. QemuArguments.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)],
            PassthroughArguments = [.. PassthroughQemuArguments.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)],
            PassthroughFunctions = [.. PassthroughFunctions.Select(item => item.ItemSpec)],
            CommandLine = BootTestCommandLine.Trim(),
            ExpectedGroups = ExpectedGroups.Length == 0 ? null : FullPath(ExpectedGroups),
            ExpectedGroupsWithoutPatches = ExpectedGroupsWithoutPatches.Length == 0 ? null : FullPath(ExpectedGroupsWithoutPatches),
            TimeoutSeconds = Number(nameof(BootTestTimeout), BootTestTimeout, 1, 86400),
        },
    };

    /// <summary>The environment's, else the project's: whoever builds knows the servers, and where a password may stand.</summary>
    private CompilerCacheSetting CacheSetting()
    {
        var folder = Path.GetDirectoryName(ProjectFile)!;
        if (CompilerCacheSetting.FromEnvironment(folder) is { } chosen)
        {
            return chosen;
        }

        try
        {
            return CompilerCacheSetting.Parse(CompilerCache, folder);
        }
        catch (DiagnosticException e)
        {
            throw new DiagnosticException(e.Diagnostics[0] with { File = ProjectFile });
        }
    }

    /// <summary>The environment's, else the project's.</summary>
    private BuildFarmSetting FarmSetting()
    {
        if (BuildFarmSetting.FromEnvironment() is { } chosen)
        {
            return chosen;
        }

        try
        {
            return BuildFarmSetting.Parse(BuildFarm);
        }
        catch (DiagnosticException e)
        {
            throw new DiagnosticException(e.Diagnostics[0] with { File = ProjectFile });
        }
    }

    /// <summary>The lock outlives this task: MSBuild disposes it when the build ends, the kernel when the process does.</summary>
    private void TakeLock(DeviceBuild device)
    {
        var key = "KernelBuild.DeviceLock:" + device.Folders.Work;
        if (BuildEngine4.GetRegisteredTaskObject(key, RegisteredTaskObjectLifetime.Build) is null)
        {
            BuildEngine4.RegisterTaskObject(
                key, DeviceLock.Take(device.Folders), RegisteredTaskObjectLifetime.Build, allowEarlyCollection: false);
        }
    }

    /// <summary>A name below arch/ARCH/boot/dts of the kernel, unless the device's folder has such a file.</summary>
    private string DeviceTree(ITaskItem item) => File.Exists(FullPath(item.ItemSpec)) ? FullPath(item.ItemSpec) : item.ItemSpec;

    private RamdiskItem RamdiskItem(ITaskItem item)
    {
        var path = item.GetMetadata("Path").Trim('/');
        if (path.Length == 0)
        {
            throw Invalid($"the ramdisk item '{item.ItemSpec}' has no Path");
        }

        var scheme = item.ItemSpec.IndexOf(':', StringComparison.Ordinal);
        var special = scheme > 0 && item.ItemSpec[..scheme] is "debian" or "link" or "directory";
        return new RamdiskItem(path, special ? item.ItemSpec : FullPath(item.ItemSpec), item.GetMetadata("Mode"));
    }

    /// <summary>A file of the project, else the name of a file of the kernel tree.</summary>
    private string FileOfProjectOrTree(ITaskItem item) => File.Exists(FullPath(item.ItemSpec)) ? FullPath(item.ItemSpec) : item.ItemSpec;

    private string Program(ITaskItem item) => !item.ItemSpec.Contains('/', StringComparison.Ordinal)
        ? item.ItemSpec
        : throw Invalid(
            $"the BuildProgram '{item.ItemSpec}' is a path; the name of a program was expected, which is looked for in /usr/bin and on "
            + $"PATH");

    private string MakeVariable(ITaskItem item)
    {
        var (name, equals) = (item.ItemSpec.Split('=', 2)[0], item.ItemSpec.Contains('=', StringComparison.Ordinal));
        return !equals || name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? throw Invalid($"the MakeVariable '{item.ItemSpec}' is not of the form NAME=VALUE")
            : _ownVariables.Contains(name)
            ? throw Invalid($"the MakeVariable {name} is set by the build itself and cannot be changed")
            : item.ItemSpec;
    }

    private SourceItems Sources => SourceItems.Of(
        KernelSource.Select(item => (item.ItemSpec, (Func<string, string>)item.GetMetadata)), ProjectFile);

    private string KernelFolder()
    {
        var folder = KernelSource.First(item => item.GetMetadata(nameof(SourceItem.Path)).Length == 0).GetMetadata("KernelFolder").Trim('/');
        return folder.Split('/').Any(part => part is ".." or ".")
            ? throw Invalid($"KernelFolder is '{folder}'; a folder inside the source was expected")
            : folder;
    }

    private bool? Choice(string name, string text) => text switch
    {
        "" => null,
        "true" => true,
        "false" => false,
        _ => throw Invalid($"{name} is '{text}'; true or false was expected"),
    };

    private string FullPath(string path) => Path.GetFullPath(path.Replace('\\', '/'), Path.GetDirectoryName(ProjectFile)!).TrimEnd('/');

    private string? OptionalPath(string path) => path.Length == 0 ? null : FullPath(path);

    private int Number(string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw Invalid(string.Create(
                CultureInfo.InvariantCulture, $"{name} is '{text}'; a number from {least} to {most} was expected"));

    private DiagnosticException Invalid(string message) =>
        new(Diagnostic.Error(DiagnosticCodes.DeviceInvalid, message, "correct the device project") with { File = ProjectFile });
}
