using System.Formats.Tar;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.Iommu;

namespace KernelBuild.Iommu.Tests;

public sealed class Captures : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kernelbuild-capture-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [FactWith("sh", "od")]
    public void The_script_a_tar_and_the_file_tell_the_same_as_sysfs()
    {
        var topology = VirtMachine.Topology(acsOn: true);
        FakeSysfs(topology);

        var script = Script(Oracle.Output("sh", ["-s"], Encoding.ASCII.GetBytes($"R={_root}\n" + CaptureScript.Text)));
        using var tar = new MemoryStream();
        TarFile.CreateFromDirectory(_root, tar, includeBaseDirectory: false);

        CaptureReader.TryRead(tar.ToArray(), out var fromTar, out _).ShouldBeTrue();
        CaptureReader.TryRead(CaptureFile.Write(script), out var fromFile, out _).ShouldBeTrue();
        foreach (var capture in (Capture[])[script, fromTar, fromFile])
        {
            capture
                .ToTopology().Functions
                .ShouldBe(topology.Functions.Select(function => function with { MultifunctionBit = function.IsMultifunction }).Select(function =>
                    function.Address.ToString() == "0000:01:00.0" ? function with { Driver = "e1000e", RecordedGroup = 7 } : function));
            capture.DeviceTree.ToArray().ShouldBe("a device tree"u8.ToArray());
        }

        script.Kernel.ShouldNotBeEmpty();
        script.CommandLine.ShouldBe("console=ttyAMA0 quiet");
        script.HostPaths[0].ShouldBe("/pcie@10000000");
    }

    [FactWith("dtc")]
    public void A_capture_file_keeps_every_byte()
    {
        var capture = LabRecord.Read("lab-6.1-full.txt").Hexadecimal with
        {
            Kernel = "6.1.0",
            CommandLine = "x=\"y\"",
            DeviceTree = new byte[] { 1, 2, 0 },
        };

        CaptureReader.TryRead(CaptureFile.Write(capture), out var again, out _).ShouldBeTrue();

        again.Functions
            .Select(function => Convert.ToHexString(function.Configuration.Span))
            .ShouldBe(capture.Functions.Select(function => Convert.ToHexString(function.Configuration.Span)));
        (again.Kernel, again.CommandLine, again.DeviceTree.Length).ShouldBe(("6.1.0", "x=\"y\"", 3));
    }

    [Theory]
    [InlineData("", DiagnosticCodes.TopologyEmpty)]
    [InlineData("nothing of the kind", DiagnosticCodes.TopologyEmpty)]
    [InlineData("0000:00:00.0 Host bridge\n00: ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff\n", DiagnosticCodes.TopologyEmpty)]
    [InlineData("{", DiagnosticCodes.CaptureInvalid)]
    [InlineData("{\"format\":\"other\"}", DiagnosticCodes.CaptureInvalid)]
    [InlineData("{\"format\":\"kernelbuild-iommu-capture\",\"version\":2}", DiagnosticCodes.CaptureInvalid)]
    [InlineData("{\"format\":\"kernelbuild-iommu-capture\",\"version\":1,\"functions\":[{\"length\":-1}]}", DiagnosticCodes.CaptureInvalid)]
    [InlineData("{\"format\":\"kernelbuild-iommu-capture\",\"version\":1,\"functions\":3}", DiagnosticCodes.CaptureInvalid)]
    public void What_is_no_capture_is_refused_by_code(string text, string code)
    {
        CaptureReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out var error).ShouldBeFalse();

        error.Code.ShouldBe(code);
        error.Fix.ShouldNotBeEmpty();
    }

    [FactWith("dtc")]
    public void A_capture_without_root_says_that_ACS_is_unknown()
    {
        var record = LabRecord.Read("lab-6.1-full.txt").Hexadecimal;
        var poor = record with
        {
            Functions = [.. record.Functions.Select(function => function with { Configuration = function.Configuration[..256] })],
        };

        CaptureReader.Check(record).ShouldBeEmpty();
        CaptureReader.Check(poor).Single().Code.ShouldBe(DiagnosticCodes.ExtendedSpaceMissing);
    }

    [Fact]
    public void Damaged_captures_end_in_a_topology_or_a_coded_error()
    {
        var run = new CaptureMutations(5);
        for (var round = 0; round < 4000; round++)
        {
            run.Step();
        }

        run.Codes.ShouldBeSubsetOf(
        [
            DiagnosticCodes.TopologyEmpty, DiagnosticCodes.CaptureInvalid, DiagnosticCodes.CaptureCut, DiagnosticCodes.TextContradictsItself,
        ]);
        run.Refused.ShouldBeGreaterThan(100);
        run.Read.ShouldBeGreaterThan(1000);
        // what hangs, not what is slow: other programs may have the processors (the benchmark says how slow)
        run.Slowest.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Groups_that_Linux_formed_otherwise_are_told()
    {
        var topology = VirtMachine.Topology(acsOn: false);
        CapturedFunction Captured(string address, int group) => topology.Functions.Where(function => function.Address.ToString() == address)
            .Select(function => new CapturedFunction(function.Address, ConfigSpaceWriter.Write(function), null, group)).Single();
        var together = new Capture { Functions = [Captured("0000:00:01.0", 0), Captured("0000:01:00.0", 0)] };
        var apart = new Capture { Functions = [Captured("0000:00:01.0", 0), Captured("0000:01:00.0", 1)] };
        var tree = new Binding.IommuTree(new KernelBuild.DeviceTrees.Tree.DeviceTree
        {
            Root = new KernelBuild.DeviceTrees.Tree.DeviceTreeNode("")
            {
                Children =
                [
                    new KernelBuild.DeviceTrees.Tree.DeviceTreeNode("iommu@1")
                    {
                        Properties =
                        [
                            KernelBuild.DeviceTrees.Tree.DeviceTreeProperty.FromStrings("compatible", "arm,smmu-v3"),
                            KernelBuild.DeviceTrees.Tree.DeviceTreeProperty.FromCells("#iommu-cells", 1),
                            KernelBuild.DeviceTrees.Tree.DeviceTreeProperty.FromCells("phandle", 1),
                        ],
                    },
                    new KernelBuild.DeviceTrees.Tree.DeviceTreeNode("pcie@2")
                    {
                        Properties =
                        [
                            KernelBuild.DeviceTrees.Tree.DeviceTreeProperty.FromStrings("device_type", "pci"),
                            KernelBuild.DeviceTrees.Tree.DeviceTreeProperty.FromCells("iommu-map", 0, 1, 0, 0x10000),
                        ],
                    },
                ],
            },
        });

        RecordedGroupCheck.Check(together, Prediction.GroupPredictor.Predict(tree, together.ToTopology())).ShouldBeEmpty();
        var found = RecordedGroupCheck.Check(apart, Prediction.GroupPredictor.Predict(tree, apart.ToTopology())).ToArray();
        found.Select(finding => finding.Code).ShouldBe([DiagnosticCodes.PredictionDiffers, DiagnosticCodes.PredictionDiffers]);
        found[1].Message.ShouldContain(
            "0000:01:00.0 was found in a group of 0000:01:00.0, and is predicted in one of 0000:00:01.0 0000:01:00.0");
    }

    private static Capture Script(byte[] output)
    {
        CaptureScript.TryRead(output, out var capture, out var error).ShouldBeTrue(error?.Message);
        return capture;
    }

    private void FakeSysfs(PciTopology topology)
    {
        var host = Path.Combine(_root, "sys/devices/platform/4010000000.pcie/pci0000:00");
        Directory.CreateDirectory(host);
        Directory.CreateDirectory(Path.Combine(_root, "sys/firmware/devicetree/base/pcie@10000000"));
        File.CreateSymbolicLink(
            Path.Combine(_root, "sys/devices/platform/4010000000.pcie/of_node"), "../../../firmware/devicetree/base/pcie@10000000");
        File.CreateSymbolicLink(Path.Combine(host, "of_node"), "../../../../firmware/devicetree/base/pcie@10000000");
        foreach (var function in topology.Functions)
        {
            var folder = Path.Combine(_root, "sys/bus/pci/devices", function.Address.ToString());
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, "config"), ConfigSpaceWriter.Write(function));
            if (function.Address.ToString() == "0000:01:00.0")
            {
                File.CreateSymbolicLink(Path.Combine(folder, "driver"), "../../../../bus/pci/drivers/e1000e");
                File.CreateSymbolicLink(Path.Combine(folder, "iommu_group"), "../../../../kernel/iommu_groups/7");
            }
        }

        Directory.CreateDirectory(Path.Combine(_root, "proc"));
        File.WriteAllText(Path.Combine(_root, "proc/cmdline"), "console=ttyAMA0 quiet\n");
        Directory.CreateDirectory(Path.Combine(_root, "sys/firmware"));
        File.WriteAllBytes(Path.Combine(_root, "sys/firmware/fdt"), "a device tree"u8);
    }
}
