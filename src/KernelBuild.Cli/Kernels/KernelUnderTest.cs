using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KernelBuild.Cli.Files;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.KernelImages.Modules;

namespace KernelBuild.Cli.Kernels;

/// <summary>The kernel that modules are checked against: an image, a Module.symvers, or the folder that a build left.</summary>
/// <param name="Interface">All that is known of it.</param>
/// <param name="Sources">Which file each part comes from.</param>
/// <param name="Findings">What is not known, and the command that gets it.</param>
internal sealed record KernelUnderTest(KernelInterface Interface, ImmutableArray<string> Sources, ImmutableArray<Diagnostic> Findings)
{
    private static readonly string[] _images =
    [
        "vmlinux", "arch/arm64/boot/Image", "Image", "arch/arm64/boot/Image.gz", "Image.gz", "Image.lz4", "boot.img", "vmlinuz",
    ];

    /// <param name="path">The kernel.</param>
    /// <param name="symvers">Instead of what the kernel says of its exports; null for none.</param>
    /// <param name="configuration">A .config; null for none.</param>
    /// <exception cref="DiagnosticException">KB9012, KB9009, KB8018, KB8001 and its like.</exception>
    public static KernelUnderTest Read(string path, string? symvers = null, string? configuration = null)
    {
        string? image = null, release = null;
        if (Directory.Exists(path))
        {
            var folders = Folders(path);
            image = Find(folders, _images);
            symvers ??= Find(folders, "Module.symvers", "vmlinux.symvers");
            configuration ??= Find(folders, ".config", "config");
            release = Find(folders, "include/config/kernel.release");
            if (image is null && symvers is null)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.NothingBuilt, "the folder has neither a kernel image nor a Module.symvers",
                    "give the folder artifacts/DEVICE of a finished build, kbuild's output folder, or the image itself") with
                { File = path });
            }
        }
        else if (symvers is null && IsSymvers(path))
        {
            symvers = path;
        }
        else
        {
            image = path;
        }

        return Read(image, symvers, configuration, release);
    }

    private static KernelUnderTest Read(string? image, string? symvers, string? configuration, string? release)
    {
        var known = image is null ? new KernelInterface() : KernelInterface.Of(InputKernel.Read(image).Image);
        var (sources, findings) = (ImmutableArray.CreateBuilder<string>(), new List<Diagnostic>());
        Add(image, "image");
        Add(symvers, "exports");
        Add(configuration, "configuration");
        if (symvers is not null)
        {
            if (!SymversFile.TryRead(Text(symvers), symvers, out var exports, out var error))
            {
                throw new DiagnosticException(error);
            }

            findings.AddRange(Contradiction(known, exports, symvers));
            known = known with { Exports = exports };
        }

        known = release is null ? known : known with { Release = Text(release).Trim() };
        known = configuration is not null ? known.With(ModuleConfiguration.Parse(Text(configuration)))
            : known.Configuration is { } embedded ? known.With(embedded) : known;
        findings.AddRange(Unknowns(known));
        return new KernelUnderTest(known, sources.ToImmutable(), [.. findings]);

        void Add(string? file, string part)
        {
            if (file is not null)
            {
                sources.Add($"{part} {file}");
            }
        }
    }

    /// <summary>
    /// The series of a build that stand where they did; none for a kernel that is no folder of a build, or of one by another version of this
    /// program.
    /// </summary>
    public static IEnumerable<string> PatchSeriesOf(string path)
    {
        var record = Directory.Exists(path)
            ? Folders(path).Select(folder => Path.Combine(Path.GetDirectoryName(folder) ?? "", "device.json")).FirstOrDefault(File.Exists)
            : null;
        try
        {
            return record is not null && DeviceBuild.Load(record) is { WithoutPatches: false } device
                ? device.PatchSeries.Where(Directory.Exists)
                : [];
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>artifacts/DEVICE has images, .work/DEVICE/out beside it the rest.</summary>
    private static string[] Folders(string path)
    {
        var full = Path.GetFullPath(path).TrimEnd('/');
        var (parent, name) = (Path.GetDirectoryName(full), Path.GetFileName(full));
        return Path.GetFileName(parent) == "artifacts"
            ? [Path.Combine(Path.GetDirectoryName(parent)!, ".work", name, "out"), full]
            : [full];
    }

    private static string? Find(string[] folders, params string[] names) =>
        folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    private static bool IsSymvers(string path)
    {
        const int longestLine = 512;
        var bytes = InputFile.Read(path);
        return SymversFile.IsOne(Encoding.ASCII.GetString(bytes.Span[..Math.Min(bytes.Length, longestLine)]));
    }

    private static string Text(string path) => Encoding.UTF8.GetString(InputFile.Read(path).Span);

    /// <summary>A Module.symvers of another build than the image would make every verdict wrong.</summary>
    private static IEnumerable<Diagnostic> Contradiction(KernelInterface image, ImmutableArray<ExportedSymbol> exports, string file)
    {
        if (!image.HasChecksums)
        {
            yield break;
        }

        var stated = exports
            .Where(symbol => symbol.Owner == ExportedSymbol.Kernel)
            .DistinctBy(symbol => symbol.Name)
            .ToDictionary(symbol => symbol.Name, symbol => symbol.Crc, StringComparer.Ordinal);
        var other = image.Exports.Where(symbol => stated.GetValueOrDefault(symbol.Name) != symbol.Crc).Select(symbol =>
            symbol.Name).ToArray();
        if (other.Length > 0)
        {
            yield return Diagnostic.Warning(
                DiagnosticCodes.ModuleCheckIncomplete,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the image exports {other.Length} symbols with other checksums than this file says, {other[0]} among them: the two "
                        + $"are not of one build"),
                "give both of one build; the file was believed") with
            { File = file };
        }
    }

    private static IEnumerable<Diagnostic> Unknowns(KernelInterface kernel)
    {
        if (kernel.LoadsModules == false)
        {
            yield break;
        }

        if (kernel.Exports.IsDefault)
        {
            yield return Unknown(
                "what the kernel exports is not known: the image has no table of exported symbols that was recognised",
                "give the Module.symvers of its build with --symvers");
        }
        else if (kernel.HasVersions != false && !kernel.HasChecksums)
        {
            yield return Unknown(
                "the checksums of the exported symbols are not known, so that changed types are not found",
                "give the Module.symvers of its build with --symvers");
        }

        if (kernel.Vermagic is null)
        {
            yield return Unknown(
                "the kernel's version magic is not known, so that it was not compared",
                "give the image (Image, vmlinux or boot.img) as KERNEL, with --symvers for Module.symvers; or its .config with --config");
        }

        if (kernel.Rules.SignaturesEnforced is null)
        {
            yield return Unknown(
                "whether the kernel enforces signatures (CONFIG_MODULE_SIG_FORCE) is not known, and was taken for no",
                "give its .config with --config; a running device has it in /proc/config.gz");
        }
    }

    private static Diagnostic Unknown(string message, string fix) =>
        Diagnostic.Warning(DiagnosticCodes.ModuleCheckIncomplete, message, fix);
}
