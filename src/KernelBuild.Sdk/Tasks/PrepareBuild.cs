using System.Globalization;
using KernelBuild.Build;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using Microsoft.Build.Framework;

namespace KernelBuild.Sdk.Tasks;

/// <summary>
/// Turns the evaluated project into a <see cref="DeviceBuild"/>, takes the device's lock until the build ends, finds out what
/// the host lacks, and forgets what the last build claimed.
/// </summary>
public sealed partial class PrepareBuild : StageTask
{
    internal override async Task ExecuteAsync(IBuildLog log, CancellationToken cancellationToken)
    {
        var device = Device();
        TakeLock(device);
        var session = Share(new BuildSession(device, Options()));
        session.Begin();
        await session.EnsurePrerequisitesAsync(log, cancellationToken);
    }

    internal DeviceBuild Device() => new()
    {
        Name = DeviceName,
        ProjectFile = ProjectFile,
        RootFolder = Path.GetFullPath(RootFolder).TrimEnd('/'),
        WithoutPatches = WithoutPatches,
        VariantName = Variant,
        Architecture = Architecture == "arm64" ? Architecture : throw Invalid($"Architecture is '{Architecture}'; only arm64 is built"),
        Clang = Number(nameof(Clang), Clang, 14, 99),
        ToolchainFolder = ToolchainFolder.Length == 0 ? null : FullPath(ToolchainFolder),
        KernelSource = One(nameof(KernelSource), KernelSource, "debian:linux-source-6.1"),
        PatchSeries = [.. PatchSeries.Select(item => FullPath(item.ItemSpec))],
        Defconfig = One(nameof(Defconfig), Defconfig, "defconfig"),
        ConfigFragments = [.. ConfigFragments.Select(item => FullPath(item.ItemSpec))],
        DeviceTrees = [.. DeviceTrees.Select(DeviceTree)],
        DeviceTreeOverlays = [.. DeviceTreeOverlays.Select(item => FullPath(item.ItemSpec))],
        Ramdisk = [.. Ramdisk.Select(RamdiskItem).OrderBy(item => item.Path, StringComparer.Ordinal)],
        AdditionalInputs = [.. AdditionalInputs.Select(item => FullPath(item.ItemSpec))],
        BootImageVersion = BootImageVersion is "2" or "4"
            ? Number(nameof(BootImageVersion), BootImageVersion, 2, 4)
            : throw Invalid($"BootImageVersion is '{BootImageVersion}'; 2 (with a device tree) and 4 are packed"),
        KernelImage = KernelImage is "Image" or "Image.gz" ? KernelImage : throw Invalid($"KernelImage is '{KernelImage}'; Image or Image.gz was expected"),
        CommandLine = CommandLine.Trim(),
        PageSize = Number(nameof(PageSize), PageSize, 2048, 16384),
        OsVersion = OsVersion,
        OsPatchLevel = OsPatchLevel,
        StockBootImage = StockBootImage.Length == 0 ? null : FullPath(StockBootImage),
        BootImageKey = BootImageKey.Length == 0 ? null : FullPath(BootImageKey),
        CompilerCache = CompilerCache,
        Identity = new BuildIdentity(Timestamp, User, Host, BuildVersion),
        Emulation = new EmulationSettings
        {
            QemuArguments = [.. QemuArguments.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)],
            CommandLine = BootTestCommandLine.Trim(),
            ExpectedGroups = ExpectedGroups.Length == 0 ? null : FullPath(ExpectedGroups),
            ExpectedGroupsWithoutPatches = ExpectedGroupsWithoutPatches.Length == 0 ? null : FullPath(ExpectedGroupsWithoutPatches),
            TimeoutSeconds = Number(nameof(BootTestTimeout), BootTestTimeout, 1, 86400),
        },
    };

    /// <summary>The lock outlives this task: MSBuild disposes it when the build ends, the kernel when the process does.</summary>
    private void TakeLock(DeviceBuild device)
    {
        var key = "KernelBuild.DeviceLock:" + device.Folders.Work;
        if (BuildEngine4.GetRegisteredTaskObject(key, RegisteredTaskObjectLifetime.Build) is null)
        {
            BuildEngine4.RegisterTaskObject(key, DeviceLock.Take(device.Folders), RegisteredTaskObjectLifetime.Build, allowEarlyCollection: false);
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

    private string FullPath(string path) => Path.GetFullPath(path.Replace('\\', '/'), Path.GetDirectoryName(ProjectFile)!).TrimEnd('/');

    private string One(string name, ITaskItem[] items, string example) => items.Length == 1
        ? items[0].ItemSpec
        : throw Invalid($"the project has {items.Length} {name} items; exactly one was expected, such as <{name} Include=\"{example}\" />");

    private int Number(string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw Invalid(string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}'; a number from {least} to {most} was expected"));

    private DiagnosticException Invalid(string message) =>
        new(Diagnostic.Error(DiagnosticCodes.DeviceInvalid, message, "correct the device project") with { File = ProjectFile });
}
