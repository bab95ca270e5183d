using KernelBuild.BootTest;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Capturing;

namespace KernelBuild.Flashing;

/// <summary>
/// The groups that a project expects of the device itself: expected-groups.device.txt beside the project. The boot test's
/// expected-groups.txt is of QEMU's machine, which is another one.
/// </summary>
public static class ExpectedDeviceGroups
{
    /// <param name="projectFile">The device project.</param>
    /// <param name="withoutPatches">The file of a build without patches.</param>
    /// <returns>Null when the project has none.</returns>
    public static string? FileOf(string projectFile, bool withoutPatches)
    {
        var file = Path.Combine(
            Path.GetDirectoryName(projectFile)!, withoutPatches ? "expected-groups.device.without-patches.txt" : "expected-groups.device.txt");
        return File.Exists(file) ? file : null;
    }

    /// <summary>KB9033 for each device in other company than the project expects.</summary>
    /// <remarks>Every PCI function counts; of the platform's devices only those that the file names, since there are dozens on a phone.</remarks>
    /// <exception cref="DiagnosticException">KB9008: the file is no expectation.</exception>
    public static IEnumerable<Diagnostic> Check(string file, Capture capture)
    {
        var expected = IommuGroups.Load(file);
        var wanted = capture.Functions.Select(function => function.Address.ToString()).Concat(expected.Devices)
            .ToHashSet(StringComparer.Ordinal);
        var actual = IommuGroups.Of(
            RecordedGroupCheck.Recorded(capture).Among(wanted.Contains).Groups.Select(group => group.Devices.AsEnumerable()),
            capture.Functions.Where(function => function.Group is null).Select(function => function.Address.ToString()));
        return expected.Differences(actual).Select(difference => Diagnostic.Error(
            DiagnosticCodes.DeviceDiffers, difference,
            "if the device is right, correct the expectation; else see why: kernelbuild iommu explain DEVICE") with
        { File = file });
    }
}
