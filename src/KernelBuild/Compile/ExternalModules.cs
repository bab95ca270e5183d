using System.Collections.Immutable;
using System.Text.RegularExpressions;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compile;

/// <summary>An external module, ready for make.</summary>
/// <param name="Source">Its folder in the work tree or the project, absolute.</param>
/// <param name="Folder">Where it is compiled: links to its sources and to what stands beside them, absolute.</param>
/// <param name="LinkedFrom">The folder whose files are linked: the module's, or the one of the source that it stands in.</param>
/// <param name="LinkedTo">Where its links stand.</param>
/// <param name="HasOwnMake">Its Makefile calls the kernel's, with options of its own, as Android's build scripts expect it.</param>
internal sealed record PlannedModule(
    string Source, string Folder, string LinkedFrom, string LinkedTo, bool HasOwnMake, ImmutableArray<string> MakeVariables);

/// <summary>
/// The external modules of a device in an order in which each finds what it imports: one that uses a symbol is built after the one
/// that exports it.
/// </summary>
internal static partial class ExternalModules
{
    /// <summary>Their folder below the device's work folder.</summary>
    public static string Root(DeviceBuild device) => Path.Combine(device.Folders.Work, "external");

    /// <summary>Files of the project that external modules are made of: what the work tree's commit does not cover.</summary>
    public static IEnumerable<string> OfProject(DeviceBuild device) => device.ExternalModules
        .Where(module => Path.IsPathRooted(module.Folder) && Directory.Exists(module.Folder))
        .SelectMany(module => Directory.EnumerateFiles(module.Folder, "*", SearchOption.AllDirectories))
        .Order(StringComparer.Ordinal);

    /// <exception cref="DiagnosticException">KB4014: no such folder, nothing for make in it, or modules that need each other.</exception>
    public static ImmutableArray<PlannedModule> Plan(DeviceBuild device)
    {
        var modules = device.ExternalModules.Select(module => Find(device, module)).ToArray();
        return Ordered(device, modules);
    }

    private static PlannedModule Find(DeviceBuild device, ExternalModule module)
    {
        var isOwn = Path.IsPathRooted(module.Folder);
        var source = isOwn ? module.Folder : Path.Combine(device.Folders.Tree, module.Folder);
        if (!Directory.Exists(source))
        {
            throw Invalid(
                device, $"the external module '{module.Folder}' is neither a folder of the project nor one of the source",
                "paths in the source begin at its top: vendor/NAME/…");
        }

        var makefile = Path.Combine(source, "Makefile");
        if (!File.Exists(makefile) && !File.Exists(Path.Combine(source, "Kbuild")))
        {
            throw Invalid(device, $"the external module '{module.Folder}' has neither a Makefile nor a Kbuild file", "name the folder that has it");
        }

        // modules include headers of their neighbours by relative paths: of the source, all of its first folder is there
        var first = module.Folder.Split('/')[0];
        var place = isOwn
            ? Path.Combine("project", Path.GetRelativePath(Path.GetDirectoryName(device.ProjectFile)!, source).Replace("..", "up", StringComparison.Ordinal))
            : Path.Combine("source", module.Folder);
        var (from, to) = isOwn ? (source, place) : (Path.Combine(device.Folders.Tree, first), Path.Combine("source", first));
        var hasOwnMake = File.Exists(makefile) && File.ReadAllText(makefile).Contains("KERNEL_SRC", StringComparison.Ordinal);
        return new PlannedModule(source, Path.Combine(Root(device), place), from, Path.Combine(Root(device), to), hasOwnMake, module.MakeVariables);
    }

    /// <summary>The stated order, but for what has to stand earlier.</summary>
    private static ImmutableArray<PlannedModule> Ordered(DeviceBuild device, PlannedModule[] modules)
    {
        // headers declare what others define, and comments name it: code that uses it is in .c files
        var texts = modules.Select(module => Directory.EnumerateFiles(module.Source, "*.c", SearchOption.AllDirectories)
            .Select(file => NoCode().Replace(File.ReadAllText(file), " "))
            .ToArray()).ToArray();
        var exporter = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (sources, i) in texts.Select((sources, i) => (sources, i)))
        {
            foreach (var name in sources.SelectMany(text => Export().Matches(text)).Select(match => match.Groups[1].Value))
            {
                exporter.TryAdd(name, i);
            }
        }

        var needs = texts.Select((sources, i) => sources.SelectMany(text => Word().EnumerateMatchesOf(text))
            .Where(exporter.ContainsKey).Select(name => exporter[name]).Where(other => other != i).ToHashSet()).ToArray();
        var order = ImmutableArray.CreateBuilder<PlannedModule>();
        var (placed, open) = (new HashSet<int>(), new List<int>(Enumerable.Range(0, modules.Length)));
        while (open.Count > 0)
        {
            var next = open.FindIndex(i => needs[i].IsSubsetOf(placed));
            if (next < 0)
            {
                throw Invalid(
                    device,
                    $"the external modules {string.Join(", ", open.Select(i => Path.GetFileName(modules[i].Source)))} use symbols of each other",
                    "build them as one module folder, with a Kbuild file that names both");
            }

            placed.Add(open[next]);
            order.Add(modules[open[next]]);
            open.RemoveAt(next);
        }

        return order.ToImmutable();
    }

    /// <summary>Links to the sources, so that objects do not come into the work tree or the project.</summary>
    public static void Link(PlannedModule module) => Mirror(new DirectoryInfo(module.LinkedFrom), module.LinkedTo);

    private static void Mirror(DirectoryInfo source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var link in new DirectoryInfo(target).EnumerateFiles().Where(file => file.LinkTarget is { } to && !File.Exists(to)))
        {
            link.Delete();
        }

        foreach (var entry in source.EnumerateFileSystemInfos())
        {
            var path = Path.Combine(target, entry.Name);
            if (entry is DirectoryInfo { LinkTarget: null } folder)
            {
                Mirror(folder, path);
            }
            else if (new FileInfo(path) is { Exists: false, LinkTarget: null } && !Directory.Exists(path))
            {
                File.CreateSymbolicLink(path, entry.FullName);
            }
        }
    }

    private static IEnumerable<string> EnumerateMatchesOf(this Regex regex, string text)
    {
        for (var match = regex.Match(text); match.Success; match = match.NextMatch())
        {
            yield return match.Value;
        }
    }

    private static DiagnosticException Invalid(DeviceBuild device, string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.ExternalModuleInvalid, message, fix) with { File = device.ProjectFile });

    [GeneratedRegex(@"^\s*EXPORT_SYMBOL(?:_GPL|_NS|_NS_GPL)?\s*\(\s*([A-Za-z_]\w*)", RegexOptions.Multiline)]
    private static partial Regex Export();

    /// <summary>Comments and texts.</summary>
    [GeneratedRegex(@"/\*.*?\*/|//[^\n]*|""(?:\\.|[^""\\\n])*""", RegexOptions.Singleline)]
    private static partial Regex NoCode();

    [GeneratedRegex(@"[A-Za-z_]\w+")]
    private static partial Regex Word();
}
