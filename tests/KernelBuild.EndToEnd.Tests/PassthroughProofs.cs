using System.Collections.Immutable;
using System.Text.Json;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootTest;
using KernelBuild.Device;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Handover;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;
using KernelBuild.Passthrough;
using KernelBuild.Testing.EndToEnd.Groups;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// PCI functions handed to guests of the emulated machine by Linux' own VFIO and KVM: what must work does, and each thing that must make
/// the proof fail does so when it is real.
/// </summary>
[Collection(nameof(TheRealKernel))]
public sealed class PassthroughProofs(RealKernelBuild build) : IDisposable
{
    private const string Card = "0000:0d:00.0";
    private const string Controller = "0000:0e:00.0";
    private const string Edu = "0000:0f:00.0";

    private readonly string _trees = Directory.CreateTempSubdirectory("kernelbuild-trees-").FullName;

    public void Dispose() => Directory.Delete(_trees, recursive: true);

    [Fact]
    public async Task A_card_a_disk_and_a_DMA_engine_work_in_guests_and_DMA_out_of_a_guest_is_blocked()
    {
        build.Result.ExitCode.ShouldBe(0);
        var result = await Repository.RunAsync(Repository.NukeScript, "ProvePassthrough", "--device", "virt");
        result.ExitCode.ShouldBe(0, result.Output);
        var proof = Result("virt");
        proof.GetProperty("functions").EnumerateArray().Select(function => function.GetProperty("function").GetString())
            .ShouldBe([Card, Controller, Edu]);
        Function(proof, Card).GetProperty("use").GetProperty("description").GetString()!.ShouldContain("link up, 3 of 3 pings answered");
        Function(proof, Controller).GetProperty("use").GetProperty("description").GetString()!.ShouldContain("the same on the disk's file");
        var edu = Function(proof, Edu);
        edu.GetProperty("isolation").GetString().ShouldBe("Enforced");
        // the SMMU's own word: a translation fault (event 0x10) of that stream ID at that address
        var messages = string.Join('\n', edu.GetProperty("messages").EnumerateArray().Select(message => message.GetString()));
        messages.ShouldContain("event 0x10 received");
        messages.ShouldContain("0x00000f00");
        messages.ShouldContain("0x00000000bfe00000");
        proof.GetProperty("control").GetProperty("arrived").GetBoolean().ShouldBeTrue();

        var folder = Path.Combine(Repository.Root, "artifacts", "virt", "passthrough");
        File.ReadAllText(Path.Combine(folder, "proof.html")).ShouldContain("enforced");
        File.Exists(Path.Combine(folder, "groups.html")).ShouldBeTrue();
        foreach (var large in (string[])["memory", "control-memory", "kernelbuild-disk0", "Image", "ramdisk"])
        {
            File.Exists(Path.Combine(folder, large)).ShouldBeFalse(large);
        }

        // the product is as it was
        var sums = await Repository.RunAsync(
            Command.WithFullEnvironment("sha256sum").WithArguments("-c", "SHA256SUMS").In(Path.Combine(Repository.Root, "artifacts", "virt")));
        sums.ExitCode.ShouldBe(0, sums.Output);
    }

    [Fact]
    public async Task Without_the_patches_each_function_is_refused_because_of_the_others_in_its_group()
    {
        build.Result.ExitCode.ShouldBe(0);
        var result = await Repository.RunAsync(Repository.NukeScript, "ProvePassthrough", "--device", "virt", "--without-patches");
        result.ExitCode.ShouldBe(1, result.Output);
        result.Output.ShouldContain($"error KB9014: the IOMMU group of {Card} cannot be given to a guest: {Controller} (nvme) is in it");
        var proof = Result("virt.without-patches");
        proof.GetProperty("functions").EnumerateArray().ShouldAllBe(function => function.GetProperty("findings").GetArrayLength() == 1);
        proof.GetProperty("groups").EnumerateArray().Select(group => string.Join(' ', group.EnumerateArray().Select(one => one.GetString())))
            .ShouldContain($"0000:00:07.0 0000:00:07.1 0000:00:07.2 {Card} {Controller} {Edu}");
    }

    [Fact]
    public async Task An_SMMU_that_is_not_coherent_in_the_tree_is_refused_by_vfio_pci_and_so_here()
    {
        var device = Device();
        var tree = await TreeAsync(device);
        var smmu = new IommuTree(tree).Providers.Single().Path;
        var without = tree with
        {
            Root = tree.Root with
            {
                Children = [.. tree.Root.Children.Select(node => "/" + node.Name == smmu ? WithoutCoherency(node) : node)],
            },
        };
        var proof = await ProveAsync(WithTree(device, without), Card);
        Error(proof).Code.ShouldBe(DiagnosticCodes.FunctionNotBound);
        Error(proof).Message.ShouldContain("no cache coherency");
    }

    [Fact]
    public async Task An_IOMMU_that_translates_nothing_lets_DMA_out_of_the_guest_and_the_proof_says_so()
    {
        var device = Device();
        // its groups are right, and Linux takes it for a real one; only the isolation test can tell
        var tree = StandIn.AddTo(await TreeAsync(device with { Emulation = WithoutSmmu(device.Emulation) }));
        var host = new IommuTree(tree).Hosts.Single().Path;
        tree = tree.WithProperty(host, DeviceTreeProperty.FromCells("iommu-map", 0, StandIn.Phandle, 0, 0x8000));
        var machine = device with { Emulation = WithoutSmmu(device.Emulation) with { CommandLine = "iommu.passthrough=1" } };
        machine = machine with
        {
            Emulation = machine.Emulation with { QemuArguments = [.. machine.Emulation.QemuArguments, .. StandIn.QemuArguments] },
        };
        var proof = await ProveAsync(WithTree(machine, tree), Edu);
        proof.Isolation.ShouldBe(IsolationVerdict.Broken);
        proof.Findings.ShouldContain(finding => finding.Code == DiagnosticCodes.IsolationBroken);
    }

    [Fact]
    public async Task The_commands_that_iommu_guest_prints_bind_start_a_guest_and_give_the_card_back()
    {
        var device = Device();
        var folder = Directory.CreateTempSubdirectory("kernelbuild-guest-").FullName;
        try
        {
            var machine = ProofMachine.Of([.. device.Emulation.QemuArguments, .. device.Emulation.PassthroughArguments], folder);
            machine.CreateFiles();
            var tree = await TreeAsync(device);
            var options = new PredictionOptions { Kernel = new KernelVersion(6, 1) };
            var topology = await TopologyAsync();
            var plan = GuestPlanner.Plan(
                GroupPredictor.Predict(new IommuTree(tree), topology, options), Card, new IommuTree(tree), options,
                new GuestSettings
                {
                    Kernel = $"/{GuestEmulator.Root}/{ProofScripts.GuestKernel}",
                    Initrd = $"/{GuestEmulator.Root}/{ProofScripts.Guest}",
                    MemoryMebibytes = 256,
                    Processors = 1,
                });
            plan.IsRefused.ShouldBeFalse();

            var emulated = device with
            {
                Emulation = device.Emulation with { QemuArguments = machine.Arguments, TimeoutSeconds = 300 },
            };
            var emulator = new Emulator(emulated, folder);
            var files = await emulator.TakeApartAsync(TestContext.Current.CancellationToken);
            var init = $$"""
                #!/{{GuestEmulator.Root}}/busybox sh
                /{{GuestEmulator.Root}}/busybox mkdir -p /bin /proc /sys /dev /tmp
                /{{GuestEmulator.Root}}/busybox --install -s /bin
                export PATH=/bin
                mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev 2>/dev/null
                echo 1 > /proc/sys/kernel/printk
                trap 'echo "### LAST $?"; poweroff -f' EXIT
                printf '#!/bin/sh\nexec {{GuestEmulator.RunEmulator}} "$@" < /dev/null\n' > /bin/qemu-system-aarch64
                chmod +x /bin/qemu-system-aarch64
                driver() { echo "### DRIVER $1 $(basename "$(readlink /sys/bus/pci/devices/{{Card}}/driver)")"; }
                driver before
                set -e
                {{string.Join('\n', plan.Bind)}}
                driver bound
                {{string.Join(" \\\n  ", plan.Emulator)}}
                {{string.Join('\n', plan.Unbind)}}
                driver after

                """.ReplaceLineEndings("\n");
            var tools = await new GuestEmulator(CacheFolder.FromEnvironment(), new TestLog()).ReadAsync(TestContext.Current.CancellationToken);
            await GroupReport.AppendAsync(
                files.Ramdisk,
                [
                    .. tools, Executable("init", System.Text.Encoding.ASCII.GetBytes(init)),
                    Executable(ProofScripts.GuestKernel, await File.ReadAllBytesAsync(files.Kernel, TestContext.Current.CancellationToken)),
                    Executable(ProofScripts.Guest, PassthroughRun.GuestRamdisk(new GuestEmulator(CacheFolder.FromEnvironment(), new TestLog()))),
                ],
                TestContext.Current.CancellationToken);
            var console = await emulator.BootAsync(
                files with { CommandLine = $"{files.CommandLine} rdinit=/{GuestEmulator.Root}/init" }, TestContext.Current.CancellationToken);
            var lines = console.Select(line => line.TrimEnd('\r')).ToArray();
            lines.Where(line => line.StartsWith("### DRIVER", StringComparison.Ordinal))
                .ShouldBe(["### DRIVER before e1000e", "### DRIVER bound vfio-pci", "### DRIVER after e1000e"]);
            lines.ShouldContain(line => line.StartsWith("### NETWORK eth0 1 3 ", StringComparison.Ordinal));
            lines.ShouldContain("### LAST 0");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static RamdiskEntry Executable(string name, byte[] content) =>
        RamdiskEntry.File(GuestEmulator.Root + "/" + name, content, (UnixFileMode)0x1ed);

    /// <summary>Of the machine, as the proof captured it.</summary>
    private static async Task<PciTopology> TopologyAsync()
    {
        var file = Path.Combine(Repository.Root, "artifacts", "virt", "passthrough", "machine.capture");
        if (!File.Exists(file))
        {
            var result = await Repository.RunAsync(Repository.NukeScript, "ProvePassthrough", "--device", "virt", "--function", Edu);
            result.ExitCode.ShouldBe(0, result.Output);
        }

        CaptureFile.TryRead(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), out var capture, out _).ShouldBeTrue();
        return capture!.ToTopology();
    }

    [Fact]
    public async Task A_network_without_an_answer_is_not_proven_and_a_function_that_is_not_there_is_named()
    {
        var device = Device();
        var silent = device.Emulation.PassthroughArguments.Select(argument =>
            argument.StartsWith("e1000e,", StringComparison.Ordinal) ? argument + ",netdev=silent" : argument);
        var result = await RunAsync(
            device with
            {
                Emulation = device.Emulation with { PassthroughArguments = ["-netdev", "hubport,id=silent,hubid=7", .. silent] },
            },
            Card, "0000:7f:00.0");
        Error(result.Functions[0]).Code.ShouldBe(DiagnosticCodes.GuestCouldNotUse);
        Error(result.Functions[0]).Message.ShouldContain("0 of 3 pings");
        Error(result.Functions[1]).Message.ShouldBe("the machine has no PCI function 0000:7f:00.0");
    }

    [Fact]
    public async Task An_address_of_another_form_and_a_device_that_names_none_are_refused_before_anything_boots()
    {
        var device = Device();
        (await Findings.OfAsync(DiagnosticCodes.UsageInvalid, () => RunAsync(device, "01:00.0"))).Message.ShouldContain("01:00.0");
        var none = device with { Emulation = device.Emulation with { PassthroughFunctions = [] } };
        (await Findings.OfAsync(DiagnosticCodes.UsageInvalid, () => RunAsync(none))).Fix.ShouldContain("--function");
    }

    private static DeviceTreeNode WithoutCoherency(DeviceTreeNode node) =>
        node with { Properties = [.. node.Properties.Where(property => property.Name != "dma-coherent")] };

    private DeviceBuild Device()
    {
        build.Result.ExitCode.ShouldBe(0);
        return DeviceBuild.Load(new DeviceFolders(Repository.Root, "virt").DeviceFile);
    }

    private static EmulationSettings WithoutSmmu(EmulationSettings emulation) => emulation with
    {
        QemuArguments = [.. emulation.QemuArguments.Select(argument => argument.Replace(",iommu=smmuv3", "", StringComparison.Ordinal))],
    };

    private static async Task<FunctionProof> ProveAsync(DeviceBuild device, string function) =>
        (await RunAsync(device, function)).Functions.Single();

    /// <summary>In a folder of its own, where the products are links to those of virt.</summary>
    private static async Task<PassthroughResult> RunAsync(DeviceBuild device, params string[] functions)
    {
        var root = Directory.CreateTempSubdirectory("kernelbuild-proof-").FullName;
        try
        {
            var artifacts = Path.Combine(root, "artifacts", "virt");
            Directory.CreateDirectory(artifacts);
            foreach (var file in (string[])["boot.img", "manifest.json", "config"])
            {
                File.CreateSymbolicLink(Path.Combine(artifacts, file), Path.Combine(Repository.Root, "artifacts", "virt", file));
            }

            return await new PassthroughRun(device with { RootFolder = root }, CacheFolder.FromEnvironment(), new TestLog())
                .RunAsync([.. functions], TestContext.Current.CancellationToken);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>The tree that QEMU makes for the machine of the proof.</summary>
    private static async Task<DeviceTree> TreeAsync(DeviceBuild device)
    {
        var folder = Directory.CreateTempSubdirectory("kernelbuild-tree-").FullName;
        try
        {
            var machine = ProofMachine.Of([.. device.Emulation.QemuArguments, .. device.Emulation.PassthroughArguments], folder);
            machine.CreateFiles();
            var file = Path.Combine(folder, "tree");
            await new Command("qemu-system-aarch64").WithArguments(machine.Arguments)
                .WithArguments("-machine", "dumpdtb=" + file, "-nodefaults", "-display", "none", "-nic", "none")
                .RunAsync(TestContext.Current.CancellationToken);
            return DeviceTree.Read(await File.ReadAllBytesAsync(file));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private DeviceBuild WithTree(DeviceBuild device, DeviceTree tree)
    {
        var file = Path.Combine(_trees, "changed.dtb");
        File.WriteAllBytes(file, tree.Packed().ToArray());
        return device with { Emulation = device.Emulation with { QemuArguments = [.. device.Emulation.QemuArguments, "-dtb", file] } };
    }

    private static Diagnostic Error(FunctionProof proof) =>
        proof.Findings.First(finding => finding.Severity == DiagnosticSeverity.Error);

    private static JsonElement Result(string variant) => JsonDocument.Parse(File.ReadAllText(
        Path.Combine(Repository.Root, "artifacts", variant, "passthrough", "result.json"))).RootElement;

    private static JsonElement Function(JsonElement proof, string function) =>
        proof.GetProperty("functions").EnumerateArray().Single(one => one.GetProperty("function").GetString() == function);
}
