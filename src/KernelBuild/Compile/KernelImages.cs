using System.Text.RegularExpressions;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compile;

/// <summary>Which images a kernel tree can make; make itself says so only after it has compiled everything.</summary>
internal static partial class KernelImages
{
    /// <exception cref="DiagnosticException">KB4008.</exception>
    public static void Require(DeviceBuild device)
    {
        var makefile = Path.Combine(device.KernelRoot, "arch", device.Architecture, "boot", "Makefile");
        if (device.KernelImage is "Image" or "vmlinux" || !File.Exists(makefile))
        {
            return;
        }

        var known = Target().Matches(File.ReadAllText(makefile)).Select(match => match.Value).Distinct(StringComparer.Ordinal).ToArray();
        if (!known.Contains(device.KernelImage))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.KernelImageUnsupported,
                $"this kernel makes no {device.KernelImage}",
                "set KernelImage to one of " + string.Join(", ", known.Append("vmlinux").Order(StringComparer.Ordinal))) with
            { File = device.ProjectFile });
        }
    }

    [GeneratedRegex(@"(?<=[\s/])Image([.-][a-z0-9]+)*(?=[\s:])")]
    private static partial Regex Target();
}
