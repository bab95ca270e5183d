using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;

namespace KernelBuild.Passthrough;

/// <summary>
/// The project's emulated machine, made able to run guests of its own: EL2, a processor with virtualization, enough memory, in a file
/// so that what DMA did to it can be looked at from outside; network cards with a network, NVMe controllers with a disk.
/// </summary>
/// <param name="Arguments">Of qemu-system-aarch64.</param>
/// <param name="MemoryBytes">Size of the memory, which begins at <see cref="MemoryBase"/>.</param>
/// <param name="MemoryFile">Holds the memory from its first byte on.</param>
/// <param name="Disks">Raw files behind the NVMe controllers that the project gives no drive, in their order.</param>
internal sealed record ProofMachine(
    ImmutableArray<string> Arguments, ulong MemoryBytes, string MemoryFile, ImmutableArray<string> Disks)
{
    /// <summary>Of QEMU's machine "virt".</summary>
    public const ulong MemoryBase = 0x4000_0000;

    /// <summary>The end of the memory, which Linux is told to leave alone.</summary>
    public const ulong KeptBytes = 2 << 20;

    /// <summary>Whether an NVMe controller has a drive of the project's, which cannot be looked at from outside.</summary>
    public bool HasOtherDisks => Arguments.Any(argument =>
        argument.StartsWith("nvme", StringComparison.Ordinal) && argument.Contains(",drive=", StringComparison.Ordinal)
        && !argument.Contains(",drive=kernelbuild-disk", StringComparison.Ordinal));

    public const long DiskBytes = 64 << 20;

    private const ulong LeastMemory = 2UL << 30;

    /// <summary>The guest without an operating system, and the control, have 32 bits of addresses.</summary>
    private const ulong MostMemory = 3UL << 30;

    private static readonly ImmutableArray<string> _networkCards =
    [
        "e1000", "e1000-82544gc", "e1000-82545em", "e1000e", "igb", "i82550", "i82551", "i82557a", "i82557b", "i82557c", "i82558a",
        "i82558b", "i82559a", "i82559b", "i82559c", "i82559er", "i82562", "i82801", "ne2k_pci", "pcnet", "rtl8139", "tulip",
        "virtio-net-pci", "virtio-net-pci-non-transitional", "virtio-net-pci-transitional", "vmxnet3",
    ];

    /// <summary>Physical address of the first of <see cref="KeptBytes"/>.</summary>
    public ulong Outside => MemoryBase + MemoryBytes - KeptBytes;

    /// <summary>To be appended to the kernel's command line.</summary>
    public string CommandLine =>
        string.Create(CultureInfo.InvariantCulture, $"mem={(MemoryBytes - KeptBytes) >> 20}M");

    /// <param name="project">Arguments of the project.</param>
    /// <param name="folder">For memory and disks.</param>
    /// <exception cref="DiagnosticException">KB9003 for memory of a form that is not understood.</exception>
    public static ProofMachine Of(ImmutableArray<string> project, string folder)
    {
        var arguments = ImmutableArray.CreateBuilder<string>();
        var disks = ImmutableArray.CreateBuilder<string>();
        RequireVirt(project);
        var memory = LeastMemory;
        var networks = 0;
        for (var at = 0; at < project.Length; at++)
        {
            var value = at + 1 < project.Length ? project[at + 1] : "";
            switch (project[at])
            {
                case "-m":
                    memory = Math.Clamp(MemoryOf(value), LeastMemory, MostMemory);
                    at++;
                    break;
                case "-cpu":
                    at++;
                    break;
                case "-device":
                    arguments.AddRange(DeviceOf(value, folder, ref networks, disks));
                    at++;
                    break;
                default:
                    arguments.Add(project[at]);
                    break;
            }
        }

        var file = Path.Combine(folder, "memory");
        arguments.AddRange(
            // pauth-impdef: the architected authentication code costs an emulated processor more than everything else
            "-machine", "virtualization=on,memory-backend=memory", "-cpu", "max,pauth-impdef=on",
            "-m", string.Create(CultureInfo.InvariantCulture, $"{memory >> 20}M"), "-object", MemoryObject(memory, file));
        return new ProofMachine(arguments.ToImmutable(), memory, file, disks.ToImmutable());
    }

    /// <summary>Where memory begins, and how a guest is made, is known of one machine.</summary>
    private static void RequireVirt(ImmutableArray<string> project)
    {
        var machine = project.Select((argument, at) => (argument, at)).FirstOrDefault(one => one.argument is "-M" or "-machine");
        var name = machine.argument is null || machine.at + 1 == project.Length ? "" : project[machine.at + 1].Split(',')[0];
        name = name.StartsWith("type=", StringComparison.Ordinal) ? name[5..] : name;
        if (name != "virt" && !name.StartsWith("virt-", StringComparison.Ordinal))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DeviceInvalid,
                name.Length == 0 ? "QemuArguments names no machine" : $"QemuArguments has the machine '{name}'",
                "the proof of passthrough runs on QEMU's machine virt: -M virt,gic-version=3,iommu=smmuv3"));
        }
    }

    public static string MemoryObject(ulong bytes, string file) => string.Create(
        CultureInfo.InvariantCulture,
        $"memory-backend-file,id=memory,size={bytes >> 20}M,mem-path={file.Replace(",", ",,", StringComparison.Ordinal)},share=on");

    /// <summary>Memory and disks, empty: holes take no room.</summary>
    public void CreateFiles()
    {
        foreach (var (path, length) in Disks.Select(disk => (disk, DiskBytes)).Prepend((MemoryFile, (long)MemoryBytes)))
        {
            File.Delete(path);
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            file.SetLength(length);
        }
    }

    private static IEnumerable<string> DeviceOf(
        string device, string folder, ref int networks, ImmutableArray<string>.Builder disks)
    {
        var options = device.Split(',');
        bool Has(string option) => options.Any(one => one.StartsWith(option + "=", StringComparison.Ordinal));
        if (_networkCards.Contains(options[0], StringComparer.Ordinal) && !Has("netdev"))
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"kernelbuild-net{networks++}");
            return ["-netdev", "user,id=" + id, "-device", $"{device},netdev={id}"];
        }

        if (options[0] == "nvme" && !Has("drive"))
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"kernelbuild-disk{disks.Count}");
            var file = Path.Combine(folder, id);
            disks.Add(file);
            var serial = Has("serial") ? "" : ",serial=" + id;
            return
            [
                "-drive", $"if=none,format=raw,id={id},file={file.Replace(",", ",,", StringComparison.Ordinal)}",
                "-device", $"{device},drive={id}{serial}",
            ];
        }

        // by default it reaches 28 bits, and no memory of this machine is there
        return options[0] == "edu" && !Has("dma_mask") ? ["-device", device + ",dma_mask=0xffffffffffffffff"] : ["-device", device];
    }

    /// <summary>Source: qemu(1), -m: MiB, or a number with a suffix.</summary>
    private static ulong MemoryOf(string text)
    {
        var size = text.Split(',')[0];
        size = size.StartsWith("size=", StringComparison.Ordinal) ? size[5..] : size;
        var shift = size.Length == 0 ? 0 : char.ToUpperInvariant(size[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        return ulong.TryParse(shift == 0 ? size : size[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and < 1 << 22
            ? number << (shift == 0 ? 20 : shift)
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DeviceInvalid, $"QemuArguments has '-m {text}'; expected a size such as 2G or 2048",
                "correct QemuArguments in the device project"));
    }
}
