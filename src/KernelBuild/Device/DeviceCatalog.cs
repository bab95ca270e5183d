using KernelBuild.Diagnostics;

namespace KernelBuild.Device;

/// <summary>The device projects of a repository: kernels/NAME/NAME.kernelproj.</summary>
public sealed record DeviceCatalog(string RootFolder)
{
    private string Kernels => Path.Combine(RootFolder, "kernels");

    public IReadOnlyList<string> Names => Directory.Exists(Kernels)
        ? [.. Directory.EnumerateDirectories(Kernels)
            .Select(folder => Path.GetFileName(folder))
            .Where(name => File.Exists(ProjectOf(name)))
            .Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The project file of a device.</summary>
    /// <exception cref="DiagnosticException">KB9001, with the devices that there are.</exception>
    public string Find(string name)
    {
        if (name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && File.Exists(ProjectOf(name)))
        {
            return ProjectOf(name);
        }

        var near = NearestName.Among(name, Names, 1).FirstOrDefault();
        throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.DeviceUnknown,
            $"there is no device '{name}'{(near is null ? "" : $"; did you mean '{near}'?")}",
            $"devices: {string.Join(", ", Names.DefaultIfEmpty("none"))}; a new one is a project kernels/NAME/NAME.kernelproj"));
    }

    private string ProjectOf(string name) => Path.Combine(Kernels, name, name + ".kernelproj");
}
