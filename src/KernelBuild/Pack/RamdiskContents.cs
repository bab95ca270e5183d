using System.Formats.Tar;
using System.Globalization;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Pack;

/// <summary>
/// Turns the ramdisk items of a device into entries: files of the host, directories, links, files out of Debian packages.
/// </summary>
internal sealed class RamdiskContents(DeviceBuild device, LockFile lockFile, BuildOptions options, CacheFolder cache, IBuildLog log)
{
    private const string DirectoryPrefix = "directory:";
    private const string LinkPrefix = "link:";
    private const string PackagePrefix = "debian:";
    private readonly HashSet<string> _refreshed = new(StringComparer.Ordinal);

    /// <exception cref="DiagnosticException">
    /// KB5009 for a mode or source that cannot be read, KB5010 for a file that is not there.
    /// </exception>
    public async Task<IReadOnlyList<RamdiskEntry>> ReadAsync(IEnumerable<RamdiskItem> items, CancellationToken cancellationToken)
    {
        var entries = new List<RamdiskEntry>();
        foreach (var item in items)
        {
            entries.Add(await ReadAsync(item, cancellationToken));
        }

        return entries;
    }

    /// <summary>The installed modules and what depmod says of them, below lib/modules.</summary>
    public static IEnumerable<RamdiskEntry> OfModules(CompiledKernel kernel) => kernel.Modules.Select(file =>
        RamdiskEntry.File(file, File.ReadAllBytes(Path.Combine(kernel.ModulesRoot!, file)), Permissions(0b110_100_100)));

    private async Task<RamdiskEntry> ReadAsync(RamdiskItem item, CancellationToken cancellationToken)
    {
        if (item.Source.StartsWith(DirectoryPrefix, StringComparison.Ordinal))
        {
            return item.Mode.Length == 0 ? RamdiskEntry.Directory(item.Path) : RamdiskEntry.Directory(item.Path, Mode(item, default));
        }

        if (item.Source.StartsWith(LinkPrefix, StringComparison.Ordinal))
        {
            return RamdiskEntry.SymbolicLink(item.Path, item.Source[LinkPrefix.Length..]);
        }

        if (item.Source.StartsWith(PackagePrefix, StringComparison.Ordinal))
        {
            var (content, mode) = await ReadFromPackageAsync(item, cancellationToken);
            return RamdiskEntry.File(item.Path, content, Mode(item, mode));
        }

        if (!File.Exists(item.Source))
        {
            throw Missing(item, $"the file '{item.Source}' does not exist");
        }

        // group and other follow the owner: a checkout under another umask must not change the image
        var executable = (File.GetUnixFileMode(item.Source) & UnixFileMode.UserExecute) != 0;
        var permissions = Permissions(executable ? 0b111_101_101 : 0b110_100_100);
        return RamdiskEntry.File(item.Path, await File.ReadAllBytesAsync(item.Source, cancellationToken), Mode(item, permissions));
    }

    private async Task<(byte[] Content, UnixFileMode Mode)> ReadFromPackageAsync(RamdiskItem item, CancellationToken cancellationToken)
    {
        var spec = item.Source[PackagePrefix.Length..].Split('!', 2);
        var (name, suite) = DebianPackageName.SplitSuite(spec[0]);
        if (spec.Length != 2 || !DebianPackageName.IsValid(name.Split(':')[0]) || (suite is not null && !DebianPackageName.IsSuite(suite)))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.RamdiskEntryInvalid,
                $"the ramdisk source '{item.Source}' is not understood",
                "write debian:PACKAGE[:ARCHITECTURE][@SUITE]!PATH/IN/PACKAGE, such as debian:busybox-static:arm64!bin/busybox") with
            { File = device.ProjectFile });
        }

        var locked = options.UpdateLock ? null : lockFile.Packages.GetValueOrDefault(spec[0]);
        // the lists of a suite are read anew once, not for each file
        var archive = new DebianArchive(cache, log, suite)
        {
            Offline = options.Offline, Refresh = options.UpdateLock && _refreshed.Add(suite ?? ""),
        };
        var (deb, package) = await archive.FetchAsync(name, null, locked, options.Locked, cancellationToken);
        lockFile.Packages[spec[0]] = package;
        lockFile.Save();

        (byte[], UnixFileMode)? found = null;
        async Task FindAsync(Stream stream, CancellationToken token)
        {
            await using var reader = new TarReader(stream, leaveOpen: true);
            while (found is null && await reader.GetNextEntryAsync(copyData: true, token) is { } entry)
            {
                if (entry.Name.TrimStart('.').TrimStart('/') == spec[1].TrimStart('/') && entry.DataStream is { } data)
                {
                    var content = new byte[entry.Length];
                    await data.ReadExactlyAsync(content, token);
                    found = (content, entry.Mode);
                }
            }
        }

        await (new Command("dpkg-deb") { OutputConsumer = FindAsync }.WithArguments("--fsys-tarfile", deb)).RunAsync(cancellationToken);
        return found ?? throw Missing(item, $"the package {spec[0]} {package.Version} has no file '{spec[1]}'");
    }

    private DiagnosticException Missing(RamdiskItem item, string what) => new(Diagnostic.Error(
        DiagnosticCodes.RamdiskFileMissing, $"{what}; it was to be /{item.Path} of the ramdisk",
        "correct the Ramdisk or VendorRamdisk item of the device project") with
    { File = device.ProjectFile });

    private UnixFileMode Mode(RamdiskItem item, UnixFileMode otherwise)
    {
        if (item.Mode.Length == 0)
        {
            return otherwise;
        }

        try
        {
            return Permissions(Convert.ToInt32(item.Mode, 8));
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.RamdiskEntryInvalid,
                string.Create(CultureInfo.InvariantCulture, $"'{item.Mode}' is no octal mode for /{item.Path}"),
                "write 0644, 0755 or the like") with
            { File = device.ProjectFile });
        }
    }

    private static UnixFileMode Permissions(int bits) => (UnixFileMode)(bits & 0xfff);
}
