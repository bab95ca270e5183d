using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Toolchains;

/// <summary>The version that a kernel tree states in its Makefile.</summary>
public static class SourceVersion
{
    private const int LinesToRead = 40;

    /// <param name="kernelRoot">The kernel's top.</param>
    /// <exception cref="DiagnosticException">KB1016 when this is no kernel.</exception>
    public static KernelVersion Read(string kernelRoot)
    {
        var makefile = Path.Combine(kernelRoot, "Makefile");
        return Of(File.Exists(makefile) ? File.ReadLines(makefile) : []) ?? throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.NotAKernel,
                $"'{makefile}' states no VERSION and PATCHLEVEL: this is not the top of a kernel",
                "set KernelFolder on the KernelSource item to the folder that holds the kernel's Makefile") with
            { Details = [.. Kernels(kernelRoot).Select(folder => $"a kernel stands in {folder}")] });
    }

    /// <summary>Out of the first lines of a Makefile; null when it is no kernel's.</summary>
    public static KernelVersion? Of(IEnumerable<string> makefile)
    {
        string[] lines = [.. makefile.Take(LinesToRead)];
        return Value(lines, "VERSION") is { } version && Value(lines, "PATCHLEVEL") is { } patchLevel
            ? new KernelVersion(version, patchLevel)
            : null;
    }

    /// <summary>The whole version, such as 6.1.192 or 6.12.0-rc3; null when it is no kernel's.</summary>
    public static string? TextOf(IReadOnlyList<string> makefile)
    {
        string[] lines = [.. makefile.Take(LinesToRead)];
        return Of(lines) is { } version
            ? string.Create(CultureInfo.InvariantCulture, $"{version.Major}.{version.Minor}.{Value(lines, "SUBLEVEL") ?? 0}{Text(lines, "EXTRAVERSION")}")
            : null;
    }

    private static int? Value(string[] lines, string name) =>
        int.TryParse(Text(lines, name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string? Text(string[] lines, string name) => lines
        .Select(line => line.Split('=', 2))
        .Where(parts => parts.Length == 2 && parts[0].Trim() == name)
        .Select(parts => parts[1].Trim())
        .FirstOrDefault();

    /// <summary>Folders up to two levels down that look like a kernel.</summary>
    private static IEnumerable<string> Kernels(string root)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, IgnoreInaccessible = true };
        return !Directory.Exists(root)
            ? []
            : Directory.EnumerateFiles(root, "Kconfig", options)
                .Select(file => Path.GetDirectoryName(file)!)
                .Where(folder =>
                    folder != root && File.Exists(Path.Combine(folder, "Makefile")) && Directory.Exists(Path.Combine(folder, "arch")))
                .Select(folder => Path.GetRelativePath(root, folder))
                .Order(StringComparer.Ordinal)
                .Take(5);
    }
}
