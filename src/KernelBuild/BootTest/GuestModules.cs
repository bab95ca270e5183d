using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Device;

namespace KernelBuild.BootTest;

/// <summary>Which modules the guest loaded, beside those that the image tells it to load.</summary>
/// <param name="Loaded">Names as the kernel knows them (e1000e), sorted; null when the guest's init says nothing of modules.</param>
/// <param name="Missing">Of modules.load, in its order, without those that were loaded; empty when <paramref name="Loaded"/> is null.</param>
public sealed record GuestModules(ImmutableArray<string>? Loaded, ImmutableArray<string> Missing)
{
    /// <summary>
    /// The report of the guest: /proc/modules between the markers MODULES and END MODULES. Of a report that was cut short nothing is known.
    /// </summary>
    /// <param name="wanted">Lines of modules.load.</param>
    public static GuestModules FromConsole(IEnumerable<string> console, IEnumerable<string> wanted)
    {
        SortedSet<string>? loaded = null;
        foreach (var line in console.Select(line => line.TrimEnd('\r')))
        {
            switch (line)
            {
                case "### MODULES":
                    loaded = new SortedSet<string>(StringComparer.Ordinal);
                    break;
                case "### END MODULES" when loaded is not null:
                    return new GuestModules([.. loaded], [.. wanted.Select(NameOf).Where(name => name.Length > 0 && !loaded.Contains(name))]);
                default:
                    // a message of the kernel may stand between
                    if (line.Split(' ') is [{ Length: > 0 } name, var size, ..] && long.TryParse(size, CultureInfo.InvariantCulture, out _))
                    {
                        loaded?.Add(name);
                    }

                    break;
            }
        }

        return new GuestModules(null, []);
    }

    /// <summary>The lines of modules.load of the build, where its modules are in an image that the boot test boots.</summary>
    public static IEnumerable<string> WantedOf(DeviceBuild device)
    {
        var folder = Path.Combine(device.Folders.Artifacts, "modules", "lib", "modules");
        return (device.ModulesInRamdisk || device.VendorBoot is { Modules: true }) && Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder).Select(release => Path.Combine(release, "modules.load")).Where(File.Exists)
                .SelectMany(File.ReadLines)
            : [];
    }

    /// <summary>kernel/drivers/net/can-dev.ko: can_dev. Source: scripts/Makefile.lib, name-fix.</summary>
    private static string NameOf(string line)
    {
        var name = Path.GetFileName(line.Trim());
        return (name.IndexOf(".ko", StringComparison.Ordinal) is > 0 and var end ? name[..end] : name).Replace('-', '_');
    }
}
