using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.Iommu;

namespace KernelBuild.Iommu.Tests;

/// <summary>The groups that the boot test of kernels/virt compares Linux's with at every run.</summary>
public sealed class BootedGroups
{
    [FactWith("dtc")]
    public void Of_the_patched_kernel() => Same("expected-groups.txt", acsOn: true);

    [FactWith("dtc")]
    public void Of_the_kernel_without_patches() => Same("expected-groups.without-patches.txt", acsOn: false);

    private static void Same(string file, bool acsOn)
    {
        // in that machine the host bridge has no driver
        var prediction = GroupPredictor.Predict(
            LabRecord.Virt(),
            VirtMachine.Topology(acsOn),
            new PredictionOptions { Kernel = new KernelVersion(6, 1), Unbound = [new PciAddress(0, new RequesterId(0))] });

        var lines = File.ReadLines(Path.Combine(Repository.Root, "kernels", "virt", file))
            .Select(line => line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 0)
            .ToArray();
        lines.Length.ShouldBeGreaterThan(5);
        prediction.Partition.ShouldBe(GroupPartition.Of(
            lines.Where(words => words[0] != "-"), lines.Where(words => words[0] == "-").SelectMany(words => words.Skip(1))));
    }
}
