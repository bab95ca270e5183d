using System.Globalization;
using System.Text;
using KernelBuild.BootImages;
using KernelBuild.BootImages.Compression;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.DeviceTrees;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Tools;

namespace KernelBuild.Benchmarks;

/// <summary>
/// Linux against the prediction: boots a kernel under QEMU with random topologies and maps, reads the groups after everything
/// was bound to vfio-pci, and compares every function's group with the predicted one.
/// </summary>
internal sealed class Groups(string bootImage, string folder)
{
    private const string Init = """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        export PATH=/bin
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t devtmpfs devtmpfs /dev 2>/dev/null
        echo 1 > /proc/sys/kernel/printk
        . /capture
        for d in /sys/bus/pci/devices/*; do
          case $(cat $d/class) in 0x0604*) continue ;; esac
          [ -e $d/driver ] && echo ${d##*/} > $d/driver/unbind
          echo vfio-pci > $d/driver_override
          echo ${d##*/} > /sys/bus/pci/drivers_probe
        done 2>/dev/null
        for d in /sys/bus/pci/devices/*; do
          if [ -e $d/iommu_group ]; then g=$(readlink $d/iommu_group); echo "G ${g##*/} ${d##*/}"; else echo "N ${d##*/}"; fi
        done
        echo "### GROUPS DONE"
        poweroff -f

        """;

    private static readonly string[] Machine = ["-cpu", "cortex-a57", "-m", "1G", "-smp", "2", "-nodefaults", "-display", "none", "-monitor", "none", "-no-reboot", "-nic", "none"];

    public static async Task<int> RunAsync(string? bootImage, int count, int seed)
    {
        if (bootImage is null || !File.Exists(bootImage))
        {
            await Console.Error.WriteLineAsync("groups needs --boot-image FILE: a boot.img that ./nuke.sh BuildKernel --device virt made");
            return 2;
        }

        var folder = Directory.CreateTempSubdirectory("kernelbuild-groups-").FullName;
        try
        {
            var run = new Groups(bootImage, folder);
            await run.PrepareAsync();
            var (right, functions, wrong) = (0, 0, 0);
            for (var i = seed; i < seed + count; i++)
            {
                var (all, differences, what) = await run.CompareAsync(i);
                functions += all;
                wrong += differences.Count;
                right += differences.Count == 0 ? 1 : 0;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {i}: {what}: {(differences.Count == 0 ? "every function as predicted" : "\n  " + string.Join("\n  ", differences))}"));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{right} of {count} topologies right; {functions - wrong} of {functions} functions"));
            return wrong == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>The kernel of the image, and a ramdisk of its busybox and our init.</summary>
    private async Task PrepareAsync()
    {
        var image = BootImage.Read(await File.ReadAllBytesAsync(bootImage));
        if (!Decompressor.TryDecompress(image.Kernel, out var kernel, out var error) || !Decompressor.TryDecompress(image.Ramdisk, out var ramdisk, out error))
        {
            throw new DiagnosticException(error);
        }

        await File.WriteAllBytesAsync(PathOf("Image"), kernel.Content.ToArray());
        var busybox = CpioArchive.Read(ramdisk.Content).Entries.First(entry => entry.Path == "bin/busybox");

        // the tree is QEMU's, which is known here; printing a megabyte of it takes longer than the boot
        var script = CaptureScript.Text.ReplaceLineEndings("\n").Replace("od -An -v -tx1 $R/sys/firmware/fdt 2>/dev/null\n", "", StringComparison.Ordinal);
        const UnixFileMode executable = (UnixFileMode)0x1ed;
        await File.WriteAllBytesAsync(PathOf("ramdisk"), CpioWriter.Write(
        [
            RamdiskEntry.Directory("bin"), RamdiskEntry.Directory("proc"), RamdiskEntry.Directory("sys"), RamdiskEntry.Directory("dev"),
            RamdiskEntry.File("bin/busybox", busybox.Data, executable),
            RamdiskEntry.File("init", Encoding.ASCII.GetBytes(Init.ReplaceLineEndings("\n")), executable),
            RamdiskEntry.File("capture", Encoding.ASCII.GetBytes(script), executable),
        ]));
    }

    private async Task<(int Functions, IReadOnlyList<string> Differences, string What)> CompareAsync(int seed)
    {
        var devices = new RandomTopology(seed).Create();
        await new Command("qemu-system-aarch64").WithArguments(["-M", "virt,gic-version=3,iommu=smmuv3,dumpdtb=" + PathOf("qemu.dtb"), .. Machine, .. devices]).RunAsync(default);
        var (tree, what) = Change(DeviceTree.Read(await File.ReadAllBytesAsync(PathOf("qemu.dtb"))), new Random(seed));
        await File.WriteAllBytesAsync(PathOf("board.dtb"), tree.Packed().ToArray());
        var console = new List<string>();
        var qemu = new Command("qemu-system-aarch64").WithArguments(
            [
                "-M", "virt,gic-version=3,iommu=smmuv3", .. Machine, .. devices, "-serial", "stdio", "-dtb", PathOf("board.dtb"), "-kernel", PathOf("Image"), "-initrd", PathOf("ramdisk"),
                "-append", "console=ttyAMA0 quiet fw_devlink.strict=1",
            ]) with
        {
            OnOutput = line => console.Add(line.TrimEnd('\r')),
            Timeout = TimeSpan.FromMinutes(3),
        };
        try
        {
            await qemu.RunAsync(default);
        }
        catch (TimeoutException)
        {
            // what the guest said until then is shown below
        }

        if (!console.Contains("### GROUPS DONE"))
        {
            return (1, ["the guest gave no complete report: " + string.Join(" | ", console.TakeLast(5))], what);
        }

        var capture = CaptureScript.Read(Encoding.Latin1.GetBytes(string.Join('\n', console)));
        if (!KernelVersion.TryParse(capture.Kernel, out var kernel))
        {
            return (1, [$"the guest's kernel is '{capture.Kernel}'"], what);
        }

        var prediction = GroupPredictor.Predict(new IommuTree(tree), capture.ToTopology(), new PredictionOptions { Kernel = kernel });
        var groups = console.Where(line => line.StartsWith("G ", StringComparison.Ordinal)).Select(line => line.Split(' ')).ToLookup(words => words[1], words => words[2]);
        var differences = new List<string>();
        foreach (var decision in prediction.Decisions)
        {
            var linux = string.Join(' ', (groups.FirstOrDefault(group => group.Contains(decision.Device)) ?? Enumerable.Empty<string>()).Order(StringComparer.Ordinal));
            var ours = string.Join(' ', prediction.Companions(decision.Device));
            if (linux != ours)
            {
                differences.Add($"{decision.Device}: predicted [{ours}] ({decision.Rule}: {decision.Reason}), Linux [{linux}]");
            }
        }

        return (prediction.Decisions.Length, differences, string.Create(
            CultureInfo.InvariantCulture, $"{what}, Linux {capture.Kernel}, {prediction.Decisions.Length} functions, {prediction.Groups.Length} groups, {prediction.Ungrouped.Count()} without"));
    }

    /// <summary>The whole map, one with a hole, one that covers the first buses only, or one whose mask makes functions alike.</summary>
    private static (DeviceTree Tree, string What) Change(DeviceTree tree, Random random)
    {
        var host = new IommuTree(tree).Hosts.Single();
        var phandle = host.FourCells!.Entries[0].Phandle;
        var hole = (uint)random.Next(1, 8) << 8;
        return random.Next(5) switch
        {
            0 => (With("iommu-map", 0, phandle, 0, hole, hole + 0x100, phandle, hole + 0x100, 0xff00 - hole), string.Create(CultureInfo.InvariantCulture, $"bus {hole >> 8} left out")),
            1 => (With("iommu-map", 0, phandle, 0x8000, hole), string.Create(CultureInfo.InvariantCulture, $"buses below {hole >> 8} only")),
            2 => (With("iommu-map-mask", 0xfff8), "functions masked"),
            _ => (tree, "whole map"),
        };

        DeviceTree With(string property, params uint[] cells) => tree.WithProperty(host.Path, DeviceTreeProperty.FromCells(property, cells));
    }
}
