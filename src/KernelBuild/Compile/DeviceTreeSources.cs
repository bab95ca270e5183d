using System.Text.RegularExpressions;
using KernelBuild.Device;

namespace KernelBuild.Compile;

/// <summary>A device-tree source of the device's own and the files of its own that it includes, directly or not.</summary>
public static partial class DeviceTreeSources
{
    /// <summary>The files outside the kernel that a device's trees and overlays are made of; the work tree stands checked out.</summary>
    public static IEnumerable<string> OfProject(DeviceBuild device)
    {
        var plan = DeviceTreePlan.For(device);
        return plan.Trees.Concat(plan.Overlays).Select(tree => tree.Source)
            .Concat(plan.DtboEntries.Select(entry => entry.Tree?.Source ?? entry.Output))
            .Concat((device.Dtbo?.Entries ?? []).Select(entry => entry.Source).Where(Path.IsPathRooted))
            .Where(file => !file.StartsWith(device.Folders.Tree + "/", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal);
    }

    /// <summary>
    /// The file itself and every existing file that #include, /include/ or /incbin/ names, beside the including file or in the
    /// folder of the first one, which the compiler searches too. Headers of the kernel come with the kernel's commit.
    /// </summary>
    public static IReadOnlyList<string> Closure(string file)
    {
        var root = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([file]);
        while (open.TryPop(out var next))
        {
            if (!File.Exists(next) || !found.Add(next))
            {
                continue;
            }

            foreach (var name in File.ReadLines(next)
                .Select(line => Include().Match(line))
                .Where(match => match.Success)
                .Select(match => match.Groups[1].Value))
            {
                open.Push(Path.GetFullPath(name, Path.GetDirectoryName(next)!));
                open.Push(Path.GetFullPath(name, root));
            }
        }

        return [.. found];
    }

    [GeneratedRegex("""(?:^\s*#\s*include|/include/|/incbin/\s*\()\s*["<]([^">]+)""")]
    private static partial Regex Include();
}
