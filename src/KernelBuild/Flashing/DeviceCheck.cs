using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Manifest;

namespace KernelBuild.Flashing;

/// <summary>
/// Whether a running device is what was built: its kernel is the manifest's, and its IOMMU groups are those that are predicted.
/// </summary>
public static class DeviceCheck
{
    /// <summary>What differs of the kernel, one KB9033 each; and warnings (KB9034) for what could not be compared.</summary>
    /// <param name="built">Of the manifest.</param>
    /// <param name="running">As the device told.</param>
    internal static IEnumerable<Diagnostic> CompareKernel(KernelIdentity built, KernelIdentity running)
    {
        foreach (var (what, expected, found, where) in new[]
        {
            ("kernel banner", built.Banner, running.Banner, "/proc/version"),
            ("build ID", built.BuildId, running.BuildId, "/sys/kernel/notes"),
        })
        {
            if (expected.Length == 0)
            {
                yield return Unknown($"the manifest has no {what}, so that it is not compared", "build again with a kernel that has one");
            }
            else if (found.Length == 0)
            {
                yield return Unknown(
                    $"the device does not tell its {what} ({where}), so that it is not compared",
                    $"look as root: adb shell su -c 'cat {where}'");
            }
            else if (expected != found)
            {
                yield return Differs(
                    $"the {what} of the device is '{found}', and that of the build '{expected}'",
                    "the device runs another kernel: flash this build, or look which slot is active (fastboot getvar current-slot)");
            }
        }
    }

    /// <summary>The same of the groups, which are compared with the prediction.</summary>
    /// <param name="capture">Of the device, after the flash.</param>
    internal static IEnumerable<Diagnostic> CompareGroups(Capture capture)
    {
        foreach (var missing in CaptureReader.Check(capture))
        {
            yield return missing;
        }

        if (capture.DeviceTree.IsEmpty || !KernelVersion.TryParse(capture.Kernel, out var version))
        {
            yield return Unknown(
                $"the device gives {(capture.DeviceTree.IsEmpty ? "no device tree" : "no kernel version")}, so that its groups are "
                + "not predicted",
                "capture as root: /sys/firmware/fdt can be read by root only");
            yield break;
        }

        if (!DeviceTree.TryRead(capture.DeviceTree, out var tree, out var error))
        {
            yield return error;
            yield break;
        }

        if (RecordedGroupCheck.Recorded(capture).Groups.IsEmpty)
        {
            yield return Differs(
                "the device has no IOMMU group at all", "its kernel has no driver of its IOMMU, or iommu=off stands on its command line");
            yield break;
        }

        var topology = capture.ToTopology();
        var options = RecordedOrder.Apply(topology, new PredictionOptions { Kernel = version, HostPaths = capture.HostPaths });
        var prediction = GroupPredictor.Predict(new IommuTree(tree), topology, options);
        foreach (var difference in RecordedGroupCheck.Check(capture, prediction))
        {
            yield return Differs(difference.Message, difference.Fix);
        }
    }

    private static Diagnostic Differs(string message, string fix) => Diagnostic.Error(DiagnosticCodes.DeviceDiffers, message, fix);

    private static Diagnostic Unknown(string message, string fix) => Diagnostic.Warning(DiagnosticCodes.DeviceSilent, message, fix);
}
