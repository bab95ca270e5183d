using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Handover;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.Iommu;

namespace KernelBuild.Iommu.Tests;

/// <summary>What is printed to hand a function to a guest. That the commands work is shown by an end-to-end test, in Linux.</summary>
public sealed class GuestPlans
{
    private const string Card = "0000:03:00.0";

    private static readonly PredictionOptions Options = new() { Kernel = new KernelVersion(6, 1) };

    [FactWith("dtc")]
    public void A_function_alone_in_its_group_is_bound_used_and_given_back()
    {
        var plan = Plan(Card, acsOn: true);
        plan.Functions.ShouldBe([Card]);
        plan.Bind.ShouldContain($"echo vfio-pci > /sys/bus/pci/devices/{Card}/driver_override");
        plan.Unbind[0].ShouldBe($"echo {Card} > /sys/bus/pci/devices/{Card}/driver/unbind");
        plan.Emulator.ShouldContain("-machine virt,accel=kvm,gic-version=3");
        plan.Emulator.ShouldContain($"-device vfio-pci,host={Card},bus=kb0,rombar=0");
        plan.IsRefused.ShouldBeFalse();
    }

    [FactWith("dtc")]
    public void A_device_of_the_host_in_the_group_refuses_it_and_is_named_with_the_line_that_unbinds_it()
    {
        var plan = Plan(Card, acsOn: false);
        var finding = plan.Findings.ShouldHaveSingleItem();
        finding.Code.ShouldBe(DiagnosticCodes.DeviceNotGiven);
        finding.Details.ShouldBe(["0000:04:00.0 is bound to e1000e: echo 0000:04:00.0 > /sys/bus/pci/drivers/e1000e/unbind"]);
        plan.Bind.ShouldBeEmpty();
        plan.Libvirt.ShouldBeEmpty();

        var together = Plan(Card, acsOn: false, new GuestSettings { WithGroup = true });
        together.Functions.ShouldBe([Card, "0000:04:00.0"]);
        together.Emulator.Count(option => option.StartsWith("-device vfio-pci", StringComparison.Ordinal)).ShouldBe(2);
        together.Notes.ShouldContain(note => note.Contains("0000:00:03.0", StringComparison.Ordinal) && note.Contains("interrupts", StringComparison.Ordinal));
    }

    [FactWith("dtc")]
    public void A_function_of_the_group_that_the_host_does_not_use_goes_along()
    {
        var plan = Plan(Card, acsOn: false, driver: function => function.Address.ToString() == "0000:04:00.0" ? null : "e1000e");
        plan.Functions.ShouldBe([Card, "0000:04:00.0"]);
    }

    [TheoryWith("dtc")]
    [InlineData("0000:00:03.0", "is a bridge")]
    [InlineData("0000:0c:02.0", "in no IOMMU group")]
    public void What_VFIO_does_not_take_is_refused_with_the_reason(string device, string reason) =>
        Plan(device, acsOn: true).Findings.ShouldHaveSingleItem().Message.ShouldContain(reason);

    [FactWith("dtc")]
    public void An_IOMMU_without_coherency_is_refused_since_6_0()
    {
        var tree = Tree();
        var smmu = new IommuTree(tree).Providers.Single().Path;
        var without = tree with
        {
            Root = tree.Root with
            {
                Children = [.. tree.Root.Children.Select(node => "/" + node.Name == smmu ? node.WithoutProperty("dma-coherent") : node)],
            },
        };
        Plan(Card, acsOn: true, tree: without).Findings.ShouldHaveSingleItem().Message.ShouldContain("vfio-pci refuses");
        Plan(Card, acsOn: true, tree: without, options: Options with { Kernel = new KernelVersion(5, 15) }).IsRefused.ShouldBeFalse();
    }

    [FactWith("dtc")]
    public void Processors_of_several_kinds_keep_the_emulator_on_one_and_other_controllers_are_named()
    {
        var tree = Tree();
        var cpus = new DeviceTreeNode("cpus")
        {
            Children =
            [
                Cpu(0, "arm,cortex-a55"), Cpu(1, "arm,cortex-a55"), Cpu(0x100, "arm,cortex-a78"), Cpu(0x101, "arm,cortex-a78"),
            ],
        };
        var machine = tree with
        {
            Root = tree.Root with
            {
                Children =
                [
                    .. tree.Root.Children.Where(node => node.Name != "cpus" && !node.IsCompatibleWith("arm,gic-v3")), cpus,
                    new DeviceTreeNode("interrupt-controller@1") { Properties = [DeviceTreeProperty.FromStrings("compatible", "arm,gic-400")] },
                ],
            },
        };
        var plan = Plan(Card, acsOn: true, tree: machine);
        plan.Emulator[0].ShouldBe("taskset -c 2,3 qemu-system-aarch64");
        plan.Emulator.ShouldContain("-machine virt,accel=kvm,gic-version=2");
        plan.Libvirt.ShouldContain("cpuset=\"2,3\"");
        plan.Notes.ShouldContain(note => note.Contains("arm,cortex-a78: 2,3", StringComparison.Ordinal));
    }

    [TheoryWith("dtc", "virt-xml-validate", "xmllint")]
    [InlineData(null, null)]
    [InlineData("/boot/Image", null)]
    [InlineData("/a folder/Image & <more>", "/boot/guest.cpio")]
    public async Task Libvirts_own_schema_takes_the_domain(string? kernel, string? initrd)
    {
        var file = Path.GetTempFileName();
        try
        {
            var settings = new GuestSettings { Kernel = kernel, Initrd = initrd, WithGroup = true, Name = "a-guest" };
            await File.WriteAllTextAsync(file, Plan(Card, acsOn: false, settings).Libvirt, TestContext.Current.CancellationToken);
            var result = await (new Command("virt-xml-validate").WithArguments(file, "domain") with { AnswerCodes = [1, 2, 3] })
                .RunAsync(TestContext.Current.CancellationToken);
            result.ExitCode.ShouldBe(0, string.Join('\n', result.Output));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static DeviceTreeNode Cpu(uint number, string compatible) => new($"cpu@{number:x}")
    {
        Properties =
        [
            DeviceTreeProperty.FromStrings("device_type", "cpu"), DeviceTreeProperty.FromStrings("compatible", compatible),
            DeviceTreeProperty.FromCells("reg", number),
        ],
    };

    private static DeviceTree Tree() => LabRecord.Virt().Index.Tree;

    private static GuestPlan Plan(
        string device, bool acsOn, GuestSettings? settings = null, DeviceTree? tree = null, PredictionOptions? options = null,
        Func<PciFunction, string?>? driver = null)
    {
        var topology = VirtMachine.Topology(acsOn);
        topology = new PciTopology(topology.Functions.Select(function => function with
        {
            Driver = function.HeaderType != 0 ? "pcieport" : driver is null ? "e1000e" : driver(function),
        }));
        var read = new IommuTree(tree ?? Tree());
        options ??= Options;
        return GuestPlanner.Plan(GroupPredictor.Predict(read, topology, options), device, read, options, settings ?? new GuestSettings());
    }
}
