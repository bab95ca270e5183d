using System.Collections.Immutable;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Toolchains;

namespace KernelBuild.Pack;

/// <summary>
/// Puts the modules that were built into the ramdisks of a stock vendor_boot image: each takes the place of the stock module of its
/// name, what ModuleLoad adds stands beside them, and depmod makes the lists anew, over all modules that are then there.
/// </summary>
/// <param name="folder">For depmod's work; emptied.</param>
internal sealed class StockModules(DeviceBuild device, CompiledKernel kernel, Toolchain toolchain, string folder)
{
    private const string Loaded = "modules.load";

    /// <summary>depmod reads the release from its folder's name; lists of Android's flat folder have none.</summary>
    private const string NoRelease = "0.0";

    /// <summary>By the name that the kernel knows a module by.</summary>
    private readonly Dictionary<string, string> _built = kernel.Modules.Where(IsModule)
        .GroupBy(NameOf, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => Path.Combine(kernel.ModulesRoot!, group.Last()), StringComparer.Ordinal);

    /// <summary>What was done, for people.</summary>
    public string Said { get; private set; } = "";

    /// <summary>The ramdisk, or the fragment of it, that has modules, with those that were built.</summary>
    /// <exception cref="DiagnosticException">KB5036: nothing of what was built belongs into the image, or a module has no place.</exception>
    public async Task<ImageEdits> EditsAsync(VendorBootImage vendor, CancellationToken cancellationToken)
    {
        (string? Name, ReadOnlyMemory<byte> Stream)[] ramdisks = vendor.Ramdisks.IsEmpty
            ? [(null, vendor.Ramdisk)]
            : [.. vendor.Ramdisks.Select(ramdisk => ((string?)ramdisk.Name, ramdisk.Content))];
        foreach (var (name, stream) in ramdisks)
        {
            var ramdisk = RamdiskSegments.Read(stream);
            foreach (var (segment, i) in ramdisk.Segments.Select((segment, i) => (segment, i)))
            {
                var files = CpioArchive.Read(segment.Content).Entries.Where(entry => entry.Type == FileType.RegularFile)
                    .GroupBy(entry => entry.Path, StringComparer.Ordinal)
                    .ToDictionary(group => group.Key, group => group.Last().Data, StringComparer.Ordinal);
                if (files.Keys.FirstOrDefault(IsList) is not { } list)
                {
                    continue;
                }

                var edited = await ChangedAsync(segment.Content, files, Path.GetDirectoryName(list)!, cancellationToken);
                var given = ramdisk.Segments.Length == 1 ? edited : ramdisk.With(i, edited);
                return name is null
                    ? new ImageEdits { Ramdisk = given }
                    : new ImageEdits { Fragments = ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>.Empty.Add(name, given) };
            }
        }

        throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.ModulesUnplaced, "no ramdisk of the stock vendor_boot image has a modules.dep, so modules have no place in it",
            "put them into the ramdisk with ModulesInRamdisk, or onto the device's vendor_dlkm partition"));
    }

    private async Task<byte[]> ChangedAsync(
        ReadOnlyMemory<byte> ramdisk, Dictionary<string, ReadOnlyMemory<byte>> files, string place, CancellationToken cancellationToken)
    {
        var modules = files.Keys.Where(path => IsModule(path) && path.StartsWith(place + "/", StringComparison.Ordinal)).ToArray();
        var replaced = modules.Where(path => _built.ContainsKey(NameOf(path))).ToDictionary(path => path, path => File.ReadAllBytes(_built[NameOf(path)]));
        var there = modules.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        var added = device.ModuleLoad.Where(name => !there.Contains(NameOf(name))).ToDictionary(
            name => $"{place}/{Path.GetFileName(name)}", name => File.ReadAllBytes(_built.GetValueOrDefault(NameOf(name)) ?? throw NoModule(name)));
        if (replaced.Count + added.Count == 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ModulesUnplaced,
                $"none of the {_built.Count} modules that were built is among the {modules.Length} of the stock vendor_boot image",
                "name those that belong into it in ModuleLoad items"));
        }

        Said = $"{Counted.Of(replaced.Count, "module", "modules")} of the stock image replaced, {added.Count} added, "
            + $"{modules.Length - replaced.Count} kept";
        var all = modules.ToDictionary(path => path, path => replaced.TryGetValue(path, out var bytes) ? bytes : files[path]);
        foreach (var (path, bytes) in added)
        {
            all[path] = bytes;
        }

        return Write(ramdisk, files, replaced, added, await ListsAsync(all, files, place, cancellationToken));
    }

    private DiagnosticException NoModule(string name) => new(Diagnostic.Error(
        DiagnosticCodes.ModulesUnplaced,
        $"ModuleLoad names {name}, which was not built and is not among the modules of the stock vendor_boot image",
        NearestName.Among(NameOf(name), _built.Keys, 3).ToArray() is { Length: > 0 } near
            ? "did you mean " + string.Join(", ", near.Select(one => one + ".ko")) + "?"
            : "switch its option to m in a fragment") with
    { File = device.ProjectFile });

    private static byte[] Write(
        ReadOnlyMemory<byte> ramdisk, Dictionary<string, ReadOnlyMemory<byte>> files, Dictionary<string, byte[]> replaced,
        Dictionary<string, byte[]> added, Dictionary<string, byte[]> lists)
    {
        var changes = replaced.Concat(lists).Where(pair => files.ContainsKey(pair.Key))
            .Select(pair => KeyValuePair.Create(pair.Key, (ReadOnlyMemory<byte>)pair.Value));
        var edited = CpioEditor.Replace(ramdisk, [.. changes]);
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        var further = added.Concat(lists).Where(pair => !files.ContainsKey(pair.Key))
            .Select(pair => RamdiskEntry.File(pair.Key, pair.Value, mode)).ToArray();

        // what is new stands in an archive of its own behind the others, all of which the kernel unpacks
        return further.Length == 0 ? edited : [.. edited, .. CpioWriter.Write(further)];
    }

    /// <summary>The lists that the stock image has, as depmod makes them of these modules; and modules.load.</summary>
    private async Task<Dictionary<string, byte[]>> ListsAsync(
        Dictionary<string, ReadOnlyMemory<byte>> modules, Dictionary<string, ReadOnlyMemory<byte>> files, string place,
        CancellationToken cancellationToken)
    {
        var isFlat = place == "lib/modules";
        var release = isFlat ? NoRelease : Path.GetFileName(place);
        var root = Path.Combine(folder, "lib", "modules", release);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var (path, content) in modules)
        {
            var file = Path.Combine(root, isFlat ? path : Path.GetRelativePath(place, path));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, content, cancellationToken);
        }

        await toolchain.Command("depmod").WithArguments("-b", folder, release).RunAsync(cancellationToken);
        var lists = Directory.EnumerateFiles(root, "modules.*")
            .Where(file => files.ContainsKey($"{place}/{Path.GetFileName(file)}"))
            .ToDictionary(file => $"{place}/{Path.GetFileName(file)}", file => isFlat ? Flat(file) : File.ReadAllBytes(file));
        if (!device.ModuleLoad.IsEmpty)
        {
            lists[$"{place}/{Loaded}"] =
                System.Text.Encoding.UTF8.GetBytes(string.Concat(device.ModuleLoad.Select(name => Path.GetFileName(name) + "\n")));
        }

        return lists;
    }

    /// <summary>Android's flat folder names modules by their absolute paths in modules.dep.</summary>
    private static byte[] Flat(string file) => Path.GetFileName(file) != "modules.dep"
        ? File.ReadAllBytes(file)
        : System.Text.Encoding.UTF8.GetBytes(File.ReadAllText(file).Replace("lib/modules/", "/lib/modules/", StringComparison.Ordinal));

    private static bool IsList(string path) => Path.GetFileName(path) == "modules.dep" && path.StartsWith("lib/modules", StringComparison.Ordinal);

    private static bool IsModule(string path) => path.EndsWith(".ko", StringComparison.Ordinal);

    private static string NameOf(string path) => Path.GetFileNameWithoutExtension(path).Replace('-', '_');
}
