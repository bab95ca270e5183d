using System.Collections.Immutable;
using System.Text.RegularExpressions;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compile;

/// <summary>A device tree or overlay that is compiled.</summary>
/// <param name="Source">Absolute.</param>
/// <param name="Output">Absolute; the result, with overlays applied.</param>
/// <param name="MakeTarget">What the kernel's make calls it; null to compile it with the toolchain's dtc.</param>
internal sealed record PlannedTree(string Source, string Output, string? MakeTarget);

/// <summary>An overlay of dtbo.img, compiled.</summary>
/// <param name="Output">Absolute; the compiled overlay.</param>
internal sealed record PlannedDtboEntry(PlannedTree? Tree, string Output, DtboItem Item);

/// <summary>What the items of a device mean in its kernel's tree: patterns expanded, names found, outputs named.</summary>
/// <param name="Trees">In the order of the items.</param>
/// <param name="Overlays">In the order of the items, one for each <see cref="DeviceBuild.DeviceTreeOverlays"/>.</param>
/// <param name="DtboEntries">In the order of the table.</param>
internal sealed partial record DeviceTreePlan(
    ImmutableArray<PlannedTree> Trees, ImmutableArray<PlannedTree> Overlays, ImmutableArray<PlannedDtboEntry> DtboEntries)
{
    /// <summary>Targets for the kernel's make.</summary>
    public IEnumerable<string> MakeTargets =>
        Trees.Concat(DtboEntries.Select(entry => entry.Tree)).Select(tree => tree?.MakeTarget).OfType<string>().Distinct(StringComparer.Ordinal);

    /// <summary>Whether base trees need labels: overlays refer to them, those that the bootloader applies, too.</summary>
    public bool NeedsSymbols => Overlays.Length + DtboEntries.Length > 0;

    /// <summary>Reads names in the work tree, which must be there.</summary>
    /// <exception cref="DiagnosticException">KB4006: a tree or overlay that is not there. KB5028: an id that is no number.</exception>
    public static DeviceTreePlan For(DeviceBuild device)
    {
        var resolver = new Resolver(device);
        return new DeviceTreePlan(
            [.. device.DeviceTrees.SelectMany(resolver.Trees)],
            [.. device.DeviceTreeOverlays.Select(overlay => resolver.Own(overlay.Source, ".dtbo"))],
            [.. (device.Dtbo?.Entries ?? []).SelectMany(resolver.Entries)]);
    }

    private sealed class Resolver(DeviceBuild device)
    {
        private readonly string _dts = Path.Combine(device.KernelRoot, "arch", device.Architecture, "boot", "dts");
        private readonly string _output = Path.Combine(device.Folders.Output, "arch", device.Architecture, "boot", "dts");
        private readonly string _own = Path.Combine(device.Folders.Output, "device-trees");

        public IEnumerable<PlannedTree> Trees(string item) =>
            Path.IsPathRooted(item) ? [Own(item, ".dtb")] : Find(item, [".dts"]).Select(file => OfKernel(file, ".dtb"));

        public PlannedTree Own(string source, string extension) => File.Exists(source)
            ? new PlannedTree(source, Path.Combine(_own, Path.ChangeExtension(Path.GetFileName(source), extension)), null)
            : throw Missing($"the device tree source '{source}' does not exist", "correct the DeviceTree or DeviceTreeOverlay item");

        public IEnumerable<PlannedDtboEntry> Entries(DtboItem item)
        {
            if (item.Source.EndsWith(".cfg", StringComparison.Ordinal))
            {
                return OfConfiguration(item);
            }

            if (!Path.IsPathRooted(item.Source))
            {
                return Find(item.Source, [".dtso", ".dts"]).Select(file => OfKernel(file, ".dtbo")).Select(tree => Entry(tree, item));
            }

            return [Path.GetExtension(item.Source) is ".dtbo" or ".dtb" ? Finished(item) : Entry(Own(item.Source, ".dtbo"), item)];
        }

        private PlannedDtboEntry Finished(DtboItem item) => File.Exists(item.Source)
            ? new PlannedDtboEntry(null, item.Source, item)
            : throw Missing($"the overlay '{item.Source}' does not exist", "correct the DtboImage item");

        private static PlannedDtboEntry Entry(PlannedTree tree, DtboItem item) => new(tree, tree.Output, item);

        /// <summary>mkdtboimg's configuration names compiled files; here they are compiled first, from the source of the same name.</summary>
        private IEnumerable<PlannedDtboEntry> OfConfiguration(DtboItem item)
        {
            string[] places = [item.Source, Path.Combine(device.Folders.Tree, item.Source), Path.Combine(_dts, item.Source)];
            var file = places.FirstOrDefault(File.Exists)
                ?? throw Missing($"the configuration '{item.Source}' of dtbo.img does not exist", "correct the DtboImage item");
            var configuration = DtboConfiguration.Parse(File.ReadAllText(file));
            RequireEffect(file, configuration);
            foreach (var entry in configuration.Files)
            {
                var ids = item with
                {
                    Id = Number(file, entry, "id"),
                    Revision = Number(file, entry, "rev"),
                    Custom = device.Dtbo!.Version == 1
                        ? [.. ((string[])["flags", "custom0", "custom1", "custom2"]).Select(name => Number(file, entry, name))]
                        : [.. ((string[])["custom0", "custom1", "custom2", "custom3"]).Select(name => Number(file, entry, name))],
                };
                var folder = Path.IsPathRooted(item.Folder) ? item.Folder : Path.Combine(Path.GetDirectoryName(file)!, item.Folder);
                string[] own = [.. ((string[])[".dtbo", ".dtso", ".dts"]).Select(end => Path.ChangeExtension(Path.Combine(folder, entry.Name), end))];
                yield return own.FirstOrDefault(File.Exists) is { } beside && !beside.StartsWith(_dts + "/", StringComparison.Ordinal)
                    ? Entries(ids with { Source = beside }).Single()
                    : Entries(ids with { Source = Path.Combine(Path.IsPathRooted(item.Folder) ? "" : item.Folder, entry.Name) }).Single();
            }
        }

        /// <summary>Options of the image are the project's properties: the file may repeat them, and must not say something else.</summary>
        private void RequireEffect(string file, DtboConfiguration configuration)
        {
            var (version, pageSize) = (device.Dtbo!.Version, device.Dtbo.PageSize ?? DtboFields.DefaultPageSize);
            string[] ofEntries = version == 1
                ? ["id", "rev", "flags", "custom0", "custom1", "custom2"]
                : ["id", "rev", "custom0", "custom1", "custom2", "custom3"];
            foreach (var (name, text) in configuration.Globals.Concat(configuration.Files.SelectMany(entry => entry.Options)))
            {
                var problem = name switch
                {
                    "version" => DtboNumber.TryParse(text, out var said) && said == version ? null : $"set DtboVersion to {text}, or leave it out",
                    "page_size" => DtboNumber.TryParse(text, out var size) && size == pageSize ? null : $"set DtboPageSize to {text}, or leave it out",
                    "dt_type" => text == "dtb" ? null : "only device trees are packed",
                    _ when ofEntries.Contains(name) => null,
                    _ => "entries of this version have " + string.Join(", ", ofEntries),
                };
                if (problem is not null)
                {
                    throw new DiagnosticException(Diagnostic.Error(
                        DiagnosticCodes.DtboInvalid, $"'{name}={text}' would have no effect", problem) with
                    { File = file });
                }
            }
        }

        private static uint Number(string file, DtboConfigurationFile entry, string name)
        {
            var text = entry.Options.GetValueOrDefault(name, "0");
            return DtboNumber.TryParse(text, out var value)
                ? value
                : throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.DtboInvalid, $"{name} of {entry.Name} is '{text}'; a number of 32 bits was expected",
                    "write it in decimal, or with 0x") with
                { File = file });
        }

        private PlannedTree OfKernel(string file, string extension)
        {
            var target = Path.ChangeExtension(Path.GetRelativePath(_dts, file), extension);
            if (extension == ".dtbo" && !MakesOverlays())
            {
                return new PlannedTree(file, Path.Combine(_own, target.Replace('/', '-')), null);
            }

            var merged = extension == ".dtb" && device.DeviceTreeOverlays.Length > 0;
            return new PlannedTree(file, merged ? Path.Combine(_own, target.Replace('/', '-')) : Path.Combine(_output, target), target);
        }

        /// <summary>Trees before 5.12 have no rule for overlays at their top, but for vendors' own.</summary>
        private bool MakesOverlays()
        {
            var makefile = Path.Combine(device.KernelRoot, "Makefile");
            return File.Exists(makefile) && OverlayRule().IsMatch(File.ReadAllText(makefile));
        }

        /// <summary>Source files below the kernel's dts folder, sorted; the item may name the compiled file.</summary>
        private string[] Find(string item, string[] extensions)
        {
            // a path from the tree's top, as git and file managers show it, is understood, too
            var top = $"arch/{device.Architecture}/boot/dts/";
            item = item.StartsWith(top, StringComparison.Ordinal) ? item[top.Length..] : item;
            var names = Path.GetExtension(item) is ".dtb" or ".dtbo" or ""
                ? extensions.Select(extension => Path.ChangeExtension(item, extension)).ToArray()
                : [item];
            var found = names.SelectMany(Matches).Order(StringComparer.Ordinal).ToArray();
            return found.Length > 0 ? found : throw NotInKernel(item, names[0]);
        }

        private IEnumerable<string> Matches(string name)
        {
            if (!IsPattern(name))
            {
                return File.Exists(Path.Combine(_dts, name)) ? [Path.Combine(_dts, name)] : [];
            }

            var folder = Path.Combine(_dts, Path.GetDirectoryName(name)!);
            return IsPattern(folder) || !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder, Path.GetFileName(name));
        }

        private DiagnosticException NotInKernel(string item, string name)
        {
            var folder = Path.Combine(_dts, Path.GetDirectoryName(name)!);
            var near = !IsPattern(item) && Directory.Exists(folder)
                ? NearestName.Among(Path.GetFileName(name), Directory.EnumerateFiles(folder, "*.dts*").Select(file => Path.GetFileName(file)), 3).ToArray()
                : [];
            var where = $"arch/{device.Architecture}/boot/dts";
            return Missing(
                IsPattern(item) ? $"the pattern '{item}' finds no source below {where}" : $"the kernel has no {where}/{name}",
                near.Length > 0
                    ? "did you mean " + string.Join(", ", near) + "?"
                    : Directory.Exists(folder) ? "correct the item" : $"correct the item: there is no folder {where}/{Path.GetDirectoryName(name)}");
        }

        private static bool IsPattern(string name) => name.AsSpan().IndexOfAny('*', '?') >= 0;

        private DiagnosticException Missing(string message, string fix) =>
            new(Diagnostic.Error(DiagnosticCodes.DeviceTreeMissing, message, fix) with { File = device.ProjectFile });
    }

    [GeneratedRegex(@"^(%\.dtb )?%\.dtbo\s*:", RegexOptions.Multiline)]
    private static partial Regex OverlayRule();
}
