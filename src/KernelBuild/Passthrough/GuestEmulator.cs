using System.Collections.Immutable;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Passthrough;

/// <summary>
/// QEMU as a program of the emulated machine: Debian's arm64 qemu-system-aarch64 with the libraries that it is linked against, and a
/// static busybox, fetched once and kept in the cache. It goes into a ramdisk of the proof, never into a product.
/// </summary>
internal sealed class GuestEmulator(CacheFolder cache, IBuildLog log)
{
    private const string Program = "qemu-system-aarch64";
    private const string Busybox = "busybox";
    private const string Libraries = "lib";

    /// <summary>Where all of it is in the machine's ramdisk.</summary>
    public const string Root = "kernelbuild-proof";

    /// <summary>The dynamic linker is called by name: the ramdisk's own /lib may have another, or none.</summary>
    public const string RunEmulator =
        $"/{Root}/{Libraries}/ld-linux-aarch64.so.1 --library-path /{Root}/{Libraries} /{Root}/{Program}";

    /// <summary>rwxr-xr-x.</summary>
    public const UnixFileMode Executable = (UnixFileMode)0x1ed;

    private string Folder => Path.Combine(cache.Path, "guest-emulator", "arm64");

    /// <exception cref="DiagnosticException">
    /// KB9004 without apt, KB1007 when Debian's archive cannot be read, KB9006 for packages of another form.
    /// </exception>
    public async Task<ImmutableArray<RamdiskEntry>> ReadAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Folder)!);
        using (await FolderLock.TakeAsync(Path.GetDirectoryName(Folder)!, cancellationToken))
        {
            if (!Directory.Exists(Folder))
            {
                await FetchAsync(cancellationToken);
            }
        }

        return
        [
            .. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Select(file => RamdiskEntry.File(
                Root + "/" + Path.GetRelativePath(Folder, file), File.ReadAllBytes(file), Executable)),
        ];
    }

    /// <summary>--offline: what the cache has, or KB1019.</summary>
    public bool Offline { get; init; }

    /// <summary>The static busybox alone, for a guest of the guest.</summary>
    public RamdiskEntry BusyboxAt(string path) => RamdiskEntry.File(path, File.ReadAllBytes(Path.Combine(Folder, Busybox)), Executable);

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        var work = Directory.CreateTempSubdirectory("kernelbuild-emulator-").FullName;
        try
        {
            var archive = new DebianArchive(cache, log) { Offline = Offline };
            var unpacked = Path.Combine(work, "root");
            foreach (var package in await archive.DownloadWithDependenciesAsync("qemu-system-arm", "arm64", work, cancellationToken))
            {
                await new Command("dpkg-deb").WithArguments("-x", package, unpacked).RunAsync(cancellationToken);
            }

            var (busybox, _) = await archive.FetchAsync("busybox-static:arm64", null, null, strict: false, cancellationToken);
            await new Command("dpkg-deb").WithArguments("-x", busybox, unpacked).RunAsync(cancellationToken);
            var staged = Folder + ".new";
            if (Directory.Exists(staged))
            {
                Directory.Delete(staged, recursive: true);
            }

            Directory.CreateDirectory(Path.Combine(staged, Libraries));
            File.Copy(Find(unpacked, Busybox), Path.Combine(staged, Busybox));
            File.Copy(Find(unpacked, Program), Path.Combine(staged, Program));
            foreach (var library in await LibrariesOfAsync(unpacked, Find(unpacked, Program), cancellationToken))
            {
                File.Copy(Find(unpacked, library), Path.Combine(staged, Libraries, library));
            }

            Directory.Move(staged, Folder);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Names of all libraries that a program loads, those of its libraries included; the dynamic linker is one of them.</summary>
    private static async Task<IReadOnlyCollection<string>> LibrariesOfAsync(
        string root, string program, CancellationToken cancellationToken)
    {
        var known = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>([program]);
        while (open.TryDequeue(out var file))
        {
            var lines = (await new Command("readelf").WithArguments("-dW", file).RunAsync(cancellationToken)).Output;
            foreach (var line in lines.Where(line => line.Contains("(NEEDED)", StringComparison.Ordinal)))
            {
                var name = line[(line.IndexOf('[', StringComparison.Ordinal) + 1)..line.IndexOf(']', StringComparison.Ordinal)];
                if (known.Add(name))
                {
                    open.Enqueue(Find(root, name));
                }
            }
        }

        return known;
    }

    /// <summary>A file by its name, with its links followed, below a root that absolute links are relative to.</summary>
    private static string Find(string root, string name)
    {
        var everywhere = new EnumerationOptions { RecurseSubdirectories = true };
        foreach (var found in Directory.EnumerateFiles(root, name, everywhere).Order(StringComparer.Ordinal))
        {
            var target = new FileInfo(found).LinkTarget is { } link
                ? link.StartsWith('/') ? root + link : Path.GetFullPath(link, Path.GetDirectoryName(found)!)
                : found;
            if (File.Exists(target))
            {
                return target;
            }
        }

        throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.EmulationFailed, $"Debian's packages of QEMU for arm64 have no '{name}'",
            "report it, with the version of the package: apt-cache policy qemu-system-arm"));
    }
}
