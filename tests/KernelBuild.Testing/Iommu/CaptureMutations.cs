using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Text;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Testing.Iommu;

/// <summary>
/// Captures of every form, damaged: what is still read is predicted and, now and then, changed; the rest must be refused by a code.
/// </summary>
public sealed class CaptureMutations
{
    private const string Sentences = """
        0000:00:01.0 PCI bridge [0604]: Red Hat, Inc. QEMU PCIe Root port [1b36:000c] (prog-if 00 [Normal decode])
        	Bus: primary=00, secondary=01, subordinate=01, sec-latency=0
        	Capabilities: [54] Express (v2) Root Port (Slot+), MSI 00
        	Capabilities: [148 v1] Access Control Services
        		ACSCap:	SrcValid+ TransBlk+ ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans+
        		ACSCtl:	SrcValid- TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-
        	IOMMU group: 0
        	Kernel driver in use: pcieport

        0000:01:00.0 Ethernet controller [0200]: Intel Corporation 82574L Gigabit Network Connection [8086:10d3]
        	Capabilities: [e0] Express (v1) Endpoint, MSI 00
        	Kernel driver in use: e1000e

        """;

    private static readonly string[] Texts =
    [
        "Slot:\t00:01.0\nClass:\tPCI bridge [0604]\nVendor:\tRed Hat, Inc. [1b36]\nDevice:\tRoot port [000c]\nDriver:\tpcieport\nIOMMUGroup:\t0\n\n"
        + "Slot:\t01:00.0\nClass:\tEthernet controller [0200]\nVendor:\tIntel [8086]\nDevice:\t82574L [10d3]\n\n",
        "00:01.0 \"PCI bridge [0604]\" \"Red Hat [1b36]\" \"Root port [000c]\" -p00\n01:00.0 \"Ethernet controller [0200]\" \"Intel [8086]\" \"x [10d3]\"\n",
        "00:01.0 0604: 1b36:000c (prog-if 00)\n01:00.0 0200: 8086:10d3\n\tFlags: fast devsel, IOMMU group 3\n",
        "00:01.0 Class 0604: Device 1b36:000c\n01:00.0 Class 0200: Device 8086:10d3\n",
        "IOMMU Group 0:\n\t00:01.0 PCI bridge [0604]: Port [1b36:000c]\nIOMMU Group 1:\n\t01:00.0 Ethernet controller [0200]: Card [8086:10d3]\n",
        "/sys/kernel/iommu_groups/0/devices/0000:00:01.0\n/sys/kernel/iommu_groups/1/devices/1000.dma\n[ 1.2] x 0000:01:00.0: Adding to iommu group 1\n",
        "[{\"slot\":\"00:01.0\",\"class\":\"PCI bridge\",\"class_id\":\"0604\",\"vendor_id\":\"1b36\",\"device_id\":\"000c\",\"driver\":\"pcieport\"},"
        + "{\"domain\":0,\"bus\":1,\"dev\":0,\"function\":0,\"config\":\"8680d310\"}]",
    ];

    private readonly Random _random;
    private readonly IommuTree[] _trees;
    private readonly byte[][] _originals;
    private readonly bool _onlyTexts;

    /// <param name="onlyTexts">Texts of lspci in the forms that people have them in, whole lines of which are lost, doubled and broken, too.</param>
    public CaptureMutations(int seed, bool onlyTexts = false)
    {
        _onlyTexts = onlyTexts;
        _random = new Random(seed);
        _trees = [OneHostTree.Of("arm,smmu-v3", 0xfff8), OneHostTree.Of("arm,mmu-500", 0xfff8)];
        var functions = VirtMachine.Topology(acsOn: false).Functions.Where(function => function.Address.Rid.Bus is 0 or 1 or 0xb or 0xc)
            .Select(function => new CapturedFunction(
                function.Address, ConfigSpaceWriter.Write(function).AsMemory(0, function.Acs is null ? 256 : 0x160), "e1000e",
                3)).ToArray();
        _originals = onlyTexts ? [Lspci(functions), .. Texts.Append(Sentences).Select(Encoding.UTF8.GetBytes)] :
        [
            CaptureFile.Write(new Capture { Kernel = "6.1.0", DeviceTree = _trees[0].Index.Tree.ToArray(), Functions = [.. functions] }),
            Lspci(functions), Encoding.Latin1.GetBytes(Sentences), Script(functions), Tar(functions),
        ];
    }

    public long Read { get; private set; }

    public long Refused { get; private set; }

    public SortedSet<string> Codes { get; } = new(StringComparer.Ordinal);

    public TimeSpan Slowest { get; private set; }

    public void Step()
    {
        var bytes = _originals[_random.Next(_originals.Length)].ToArray();
        if (_onlyTexts)
        {
            bytes = WithOtherLines(bytes);
        }

        for (var change = _random.Next(1, 20); change > 0; change--)
        {
            bytes[_random.Next(bytes.Length)] = (byte)(_random.Next(3) == 0
                ? _random.Next(256)
                : "0123456789abcdef:.\n \"{}"[_random.Next(23)]);
        }

        var cut = _random.Next(8) == 0 ? _random.Next(bytes.Length) : bytes.Length;
        var began = Stopwatch.GetTimestamp();
        if (CaptureReader.TryRead(bytes.AsMemory(0, cut), out var capture, out var error))
        {
            Read++;
            var topology = capture.ToTopology();
            var tree = _trees[_random.Next(_trees.Length)];
            var options = new PredictionOptions
            {
                Kernel = _random.Next(2) == 0 ? new KernelVersion(6, 1) : new KernelVersion(7, 2),
                HostPaths = capture.HostPaths,
            };
            var prediction = GroupPredictor.Predict(tree, topology, options);
            _ = RecordedGroupCheck.Check(capture, prediction).Count();
            if (_random.Next(16) == 0 && !prediction.Decisions.IsEmpty)
            {
                _ = FixFinder.Find(tree, topology, options, prediction.Decisions[_random.Next(prediction.Decisions.Length)].Device).Length;
            }
        }
        else
        {
            Refused++;
            Codes.Add(error.Code);
        }

        var took = Stopwatch.GetElapsedTime(began);
        Slowest = took > Slowest ? took : Slowest;
    }

    /// <summary>A few lines lost, doubled, broken or quoted.</summary>
    private byte[] WithOtherLines(byte[] text)
    {
        var lines = Encoding.Latin1.GetString(text).Split('\n').ToList();
        for (var change = _random.Next(1, 5); change > 0 && lines.Count > 1; change--)
        {
            var at = _random.Next(lines.Count);
            switch (_random.Next(4))
            {
                case 0:
                    lines.RemoveAt(at);
                    break;
                case 1:
                    lines.Insert(at, lines[_random.Next(lines.Count)]);
                    break;
                case 2:
                    lines[at] = lines[at].Insert(_random.Next(lines[at].Length + 1), "\n");
                    break;
                default:
                    lines[at] = "> " + lines[at];
                    break;
            }
        }

        return Encoding.Latin1.GetBytes(string.Join('\n', lines) + "\n");
    }

    private static byte[] Lspci(IEnumerable<CapturedFunction> functions)
    {
        var text = new StringBuilder();
        foreach (var function in functions)
        {
            text.Append(CultureInfo.InvariantCulture, $"{function.Address} Thing: of some maker\n");
            for (var at = 0; at < function.Configuration.Length; at += 16)
            {
                text.Append(CultureInfo.InvariantCulture, $"{at:x2}:");
                foreach (var value in function.Configuration.Span.Slice(at, 16))
                {
                    text.Append(CultureInfo.InvariantCulture, $" {value:x2}");
                }

                text.Append('\n');
            }

            text.Append('\n');
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static byte[] Script(IEnumerable<CapturedFunction> functions)
    {
        var text = new StringBuilder("### KERNELBUILD IOMMU CAPTURE 1\nK 6.1.0\nC quiet\n");
        foreach (var function in functions)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"D {function.Address} e1000e- "
                + $"3-\n{string.Join(' ', Convert.ToHexStringLower(function.Configuration.Span).Chunk(2).Select(pair => new string(pair)))}\n");
        }

        return Encoding.ASCII.GetBytes(text.Append("H pci0000:00 ../devicetree/base/pcie@2\nT\nd0 0d fe ed\n### END\n").ToString());
    }

    private static byte[] Tar(IEnumerable<CapturedFunction> functions)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var function in functions)
            {
                var folder = $"sys/devices/platform/1.pcie/pci0000:00/{function.Address}/";
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, folder + "config")
                {
                    DataStream = new MemoryStream(function.Configuration.ToArray()),
                });
                tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, folder + "iommu_group")
                {
                    LinkName = "../../../../kernel/iommu_groups/3",
                });
            }
        }

        return bytes.ToArray();
    }
}
