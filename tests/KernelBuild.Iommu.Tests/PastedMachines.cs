using System.Text;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;
using Capture = KernelBuild.Iommu.Capturing.Capture;

namespace KernelBuild.Iommu.Tests;

/// <summary>Texts that were not copied from a file: out of a console's log, a pager, a list without details, two machines in one.</summary>
public sealed class PastedMachines
{
    private static readonly string[] Right = ["0000:00:01.0", "0000:00:02.0 0000:02:00.0", "0000:01:00.0"];

    private const string Zeros = "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";

    private static string Full => File.ReadAllText(Path.Combine(LabRecord.Folder, "field", "lspci-forms", "full.txt"));

    private static Capture Read(string text) => CaptureReader.TryRead(Encoding.UTF8.GetBytes(text), out var capture, out var error)
        ? capture : throw new DiagnosticException(error);

    private static GroupPrediction Predict(Capture capture) => GroupPredictor.Predict(LabRecord.Virt(), capture.ToTopology());

    private static string[] Groups(GroupPrediction prediction) =>
        [.. prediction.Groups.Select(group => string.Join(' ', group.Devices)).Order(StringComparer.Ordinal)];

    /// <summary>The lines of hexadecimal of a machine that Linux 6.12 was booted on.</summary>
    private static string[] Rows()
    {
        var text = LabRecord.Read("lab-6.12-partial.txt").Text.Split('\n').Select(line => line.TrimEnd('\r'));
        return [.. text.SkipWhile(line => line != "@@@ CFG").Skip(1).TakeWhile(line => !line.StartsWith("@@@ ", StringComparison.Ordinal))];
    }

    [TheoryWith("dtc")]
    [InlineData("[  812.345678] random: crng init done")]
    [InlineData("random: crng init done")]
    [InlineData(":")]
    [InlineData("--More--")]
    [InlineData("")]
    public void A_line_of_another_between_the_rows_changes_nothing(string foreign)
    {
        var rows = Rows();
        var whole = Read(string.Join('\n', rows));
        var right = Groups(Predict(whole));
        right.Length.ShouldBe(2);
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            text.Append(row).Append('\n').Append(foreign).Append('\n');
        }

        var capture = Read(text.ToString());
        Groups(Predict(capture)).ShouldBe(right);
        capture.Gaps.ShouldBeEmpty();
    }

    [TheoryWith("dtc")]
    [InlineData(30)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(20)]
    [InlineData(40)]
    public void Rows_that_a_terminal_broke_are_joined(int width)
    {
        var rows = Rows();
        var broken = rows.SelectMany(row => row.Chunk(width).Select(part => new string(part)).DefaultIfEmpty(""));
        var capture = Read(string.Join('\n', broken));
        var right = Read(string.Join('\n', rows));
        capture.Functions.Select(function => Convert.ToHexString(function.Configuration.Span))
            .ShouldBe(right.Functions.Select(function => Convert.ToHexString(function.Configuration.Span)));
        capture.Gaps.ShouldBeEmpty();
    }

    /// <summary>Whichever row is lost: a group that is claimed is the right one, and what is not known is said to be.</summary>
    [FactWith("dtc")]
    public void A_row_that_is_lost_makes_groups_unknown_and_never_others()
    {
        var rows = Rows();
        var whole = Predict(Read(string.Join('\n', rows)));
        var unknown = 0;
        for (var lost = 0; lost < rows.Length; lost++)
        {
            // of rows of zeros a few
            if (rows[lost].IndexOf(':', StringComparison.Ordinal) is not (2 or 3) || (rows[lost].EndsWith(Zeros, StringComparison.Ordinal) && lost % 16 > 0))
            {
                continue;
            }

            var broken = lost % 2 == 0 ? "" : rows[lost][..20] + "[  8.1] usb 1-1: new device";
            var capture = Read(string.Join('\n', [.. rows[..lost], broken, .. rows[(lost + 1)..]]));
            var prediction = Predict(capture);
            foreach (var decision in prediction.Decisions)
            {
                if (decision.IsUnknown)
                {
                    unknown++;
                    CaptureReader.Check(capture).ShouldNotBeEmpty(rows[lost]);
                }
                else
                {
                    prediction.Companions(decision.Device).ShouldBe(whole.Companions(decision.Device), rows[lost]);
                }
            }

            prediction.Decisions.Length.ShouldBe(whole.Decisions.Length, rows[lost]);
        }

        unknown.ShouldBeGreaterThan(10);
    }

    /// <summary>
    /// A machine that Linux 6.1 was booted on, its text damaged as people and programs do: what is claimed is right, and where something is
    /// unknown, it is said.
    /// </summary>
    [TheoryWith("dtc")]
    [InlineData("plus signs lost")]
    [InlineData("full-width plus signs", true)]
    [InlineData("type cut off")]
    [InlineData("en dash")]
    [InlineData("snip")]
    [InlineData("middle lost")]
    [InlineData("literal line ends", true)]
    [InlineData("one line")]
    [InlineData("translated", true)]
    [InlineData("titles in capitals", true)]
    [InlineData("angle brackets eaten")]
    [InlineData("lspci -P", true)]
    [InlineData("lspci -PP", true)]
    public void A_damaged_text_gives_no_wrong_group(string damage, bool isWhole = false)
    {
        var lines = Sentences();
        var text = string.Join('\n', lines) + "\n";
        var damaged = damage switch
        {
            "plus signs lost" => text.Replace('+', ' '),
            "full-width plus signs" => text.Replace('+', '\uff0b'),
            "type cut off" => Regex.Replace(text, @"(Express \(v\d\)).*", "$1 ..."),
            "en dash" => text.Replace("PCI-Express to", "PCI\u2013Express to", StringComparison.Ordinal),
            "snip" => string.Join('\n', [.. lines[..(lines.Length / 3)], "[...]", .. lines[(lines.Length * 2 / 3)..]]),
            "middle lost" => string.Join('\n', [.. lines[..(lines.Length / 3)], .. lines[(lines.Length * 2 / 3)..]]),
            "literal line ends" => text.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal),
            "one line" => text.Replace('\n', ' '),
            "translated" => text.Replace("Capabilities:", "F\u00e4higkeiten:", StringComparison.Ordinal).Replace("\tBus:", "\tB\u00fas:", StringComparison.Ordinal),
            "titles in capitals" => Regex.Replace(text, "^[0-9a-f]{4}:.*$", found => found.Value.ToUpperInvariant(), RegexOptions.Multiline),
            "angle brackets eaten" => Regex.Replace(text, "<[^>]*>", ""),
            _ => Paths(lines, isFull: damage == "lspci -PP"),
        };
        damaged.ShouldNotBe(text);
        ClaimsNothingWrong(text, damaged, damage).ShouldBe(isWhole);
    }

    /// <summary>The same with lines chosen by a word, as grep does, and with those lines taken out.</summary>
    [TheoryWith("dtc")]
    [InlineData("ACS")]
    [InlineData("ACSCap")]
    [InlineData("ACSCtl")]
    [InlineData("Access Control")]
    [InlineData("Express")]
    [InlineData("Capabilities")]
    [InlineData("Subsystem")]
    [InlineData("Bus")]
    [InlineData("Kernel")]
    [InlineData("IOMMU")]
    [InlineData("Dev")]
    [InlineData("Status")]
    [InlineData("[100")]
    [InlineData("Memory")]
    public void A_filtered_text_gives_no_wrong_group(string word)
    {
        var lines = Sentences();
        var text = string.Join('\n', lines) + "\n";
        bool IsTitle(string line) => line.StartsWith('0');
        ClaimsNothingWrong(text, string.Join('\n', lines.Where(line => IsTitle(line) || line.Contains(word, StringComparison.Ordinal))), "only " + word);
        ClaimsNothingWrong(text, string.Join('\n', lines.Where(line => IsTitle(line) || !line.Contains(word, StringComparison.Ordinal))), "without " + word);
    }

    private static string[] Sentences() =>
    [
        .. LabRecord.Read("lab-6.1-full.txt").Text.Split('\n').Select(line => line.TrimEnd('\r'))
            .SkipWhile(line => line != "@@@ LSPCI").Skip(1).TakeWhile(line => !line.StartsWith("@@@ ", StringComparison.Ordinal)),
    ];

    /// <returns>Whether all of the machine is known.</returns>
    private static bool ClaimsNothingWrong(string text, string damaged, string damage)
    {
        var options = new PredictionOptions { Kernel = new KernelVersion(6, 1) };
        var whole = GroupPredictor.Predict(LabRecord.Virt(), Read(text).ToTopology(), options);
        if (!CaptureReader.TryRead(Encoding.UTF8.GetBytes(damaged), out var capture, out var error))
        {
            error.Code.ShouldBeOneOf(DiagnosticCodes.TextContradictsItself, DiagnosticCodes.TopologyEmpty, DiagnosticCodes.CaptureInvalid);
            return false;
        }

        var prediction = GroupPredictor.Predict(LabRecord.Virt(), capture.ToTopology(), options);
        foreach (var decision in prediction.Decisions)
        {
            if (decision.IsUnknown)
            {
                (CaptureReader.Check(capture).Any() || decision.Reason.Contains("the bridge above bus", StringComparison.Ordinal)).ShouldBeTrue(damage);
            }
            else
            {
                // of a function that left no trace nothing can be said
                prediction.Companions(decision.Device).ShouldBe(
                    whole.Companions(decision.Device).Where(device => prediction.Of(device) is not null), $"{damage} {decision.Device}: {decision.Reason}");
            }
        }

        return prediction.Decisions.Length == whole.Decisions.Length && !prediction.Unknown.Any();
    }

    /// <summary>As lspci -P and -PP name devices: by the bridges above them.</summary>
    private static string Paths(string[] lines, bool isFull)
    {
        var topology = Read(string.Join('\n', lines)).ToTopology();
        return string.Join('\n', lines.Select(line =>
        {
            var end = line.IndexOf(' ', StringComparison.Ordinal);
            if (end < 7 || !char.IsAsciiHexDigit(line[0]) || !PciAddress.TryParse(line.Split(' ')[0], out var address) || topology.Find(address) is not { } function)
            {
                return line;
            }

            var path = new List<PciAddress> { function.Address };
            while (topology.BridgeAbove(function) is { } bridge)
            {
                path.Insert(0, bridge.Address);
                function = bridge;
            }

            return string.Join('/', path.Select((one, at) => isFull || at == 0 ? one.ToString() : one.ToString().Split(':')[^1])) + line[end..];
        }));
    }

    public static TheoryData<string, string> Pagers => new()
    {
        { "more", "\e[7m--More--\e[27m\r\e[K" },
        { "less", ":\e[K\r\e[K" },
        { "busybox", "--More-- (33% of 2314 bytes)\r                             \r" },
        { "backspaces", "x\b" },
    };

    [TheoryWith("dtc")]
    [MemberData(nameof(Pagers))]
    public void What_a_pager_wrote_over_is_gone(string name, string prompt)
    {
        name.ShouldNotBeEmpty();
        for (var every = 1; every < 6; every++)
        {
            var text = string.Join('\n', Full.Split('\n').Select((line, index) => index % every == 0 ? prompt + line : line));
            Groups(Predict(Read(text))).ShouldBe(Right);
            Groups(Predict(Read(text.Replace("\n", "\r\n", StringComparison.Ordinal)))).ShouldBe(Right);
        }
    }

    /// <summary>Each of these is looked at once, not once for each place of it.</summary>
    [Theory]
    [InlineData("\r", "\e")]
    [InlineData("", "......")]
    [InlineData("", " ")]
    [InlineData("\b", "\e]")]
    [InlineData("", "[a][b]")]
    public void A_long_line_takes_no_time_of_its_square(string before, string repeated)
    {
        var text = "00:01.0 PCI bridge: P\n\t" + before + string.Concat(Enumerable.Repeat(repeated, 300_000)) + "x\n";
        var watch = System.Diagnostics.Stopwatch.StartNew();
        CaptureReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out _);
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [FactWith("dtc")]
    public void Carriage_returns_alone_end_lines() => Groups(Predict(Read(Full.Replace('\n', '\r')))).ShouldBe(Right);

    [Theory]
    [InlineData("[RESET]\t")]
    [InlineData("\t[R] ")]
    [InlineData(" └── ")]
    [InlineData(" * ")]
    [InlineData("12) ")]
    public void What_scripts_draw_before_an_address_is_passed_over(string mark)
    {
        var text = $"IOMMU group 0\n\t00:01.0 PCI bridge [0604]: P [1b36:000c]\nIOMMU group 12\n{mark}01:00.0 3D controller [0302]: N [10de:1eb8]\n"
            + $"{mark}01:00.1 Audio device [0403]: N [10de:10f8]\n";
        RecordedGroupCheck.Recorded(Read(text)).Groups.Select(group => (group.Id, string.Join(' ', group.Devices)))
            .ShouldBe([(0, "0000:00:01.0"), (12, "0000:01:00.0 0000:01:00.1")]);
    }

    [TheoryWith("dtc")]
    [InlineData("/sys/kernel/iommu_groups/0/devices/0000:00:01.0\n/sys/kernel/iommu_groups/1/devices/0000:00:02.0\n"
        + "/sys/kernel/iommu_groups/1/devices/0000:02:00.0\n")]
    [InlineData("[ 1.1] pci 0000:00:01.0: Adding to iommu group 0\n[ 1.1] pci 0000:00:02.0: Adding to iommu group 1\n"
        + "[ 1.2] pci 0000:02:00.0: Adding to iommu group 1\n")]
    public void A_list_of_groups_says_nothing_of_what_made_them(string text)
    {
        var capture = Read(text);
        var prediction = Predict(capture);
        prediction.Groups.ShouldBeEmpty();
        prediction.Unknown.Count().ShouldBe(3);
        prediction.Of("0000:02:00.0")!.Reason.ShouldContain("the class of 0000:02:00.0");
        RecordedGroupCheck.Check(capture, prediction).ShouldBeEmpty();
        CaptureReader.Check(capture).ShouldHaveSingleItem().Message.ShouldContain("3 of 3 functions, such as 0000:00:01.0, were captured with the address alone");

        // the file keeps it
        CaptureReader.TryRead(CaptureFile.Write(capture), out var again, out _).ShouldBeTrue();
        again.ToTopology().Functions.ShouldAllBe(function => function.IsClassUnknown);
    }

    /// <summary>With ACPI no tree says which bus is a root: where bridges are unknown, or the excerpt has nothing of bus 0, it is not guessed.</summary>
    [Theory]
    [InlineData("00:00.0 Host bridge [0600]: I [8086:1234]\n00:01.0 PCI bridge [0604]: I [8086:1235]\n01:00.0 VGA compatible controller [0300]: N [10de:1]\n")]
    [InlineData("01:00.0 Ethernet controller [0200]: N [8086:10d3]\n\tCapabilities: [40] Express (v2) Endpoint, MSI 00\n")]
    public void Without_a_tree_a_bus_is_no_root_bus_by_default(string text)
    {
        var stub = new IommuTree(new KernelBuild.DeviceTrees.Tree.DeviceTree
        {
            Root = new KernelBuild.DeviceTrees.Tree.DeviceTreeNode("") { Children = [new KernelBuild.DeviceTrees.Tree.DeviceTreeNode("chosen")] },
        });
        stub.IsAcpiStub.ShouldBeTrue();
        var decision = GroupPredictor.Predict(stub, Read(text).ToTopology()).Of("0000:01:00.0")!;
        decision.IsUnknown.ShouldBeTrue(decision.Reason);
        decision.Reason.ShouldContain("the bridge above bus 01");
    }

    /// <summary>A list of a whole machine beside the details of one function.</summary>
    [FactWith("dtc")]
    public void A_list_of_groups_and_the_details_are_put_together()
    {
        var capture = Read("/sys/kernel/iommu_groups/7/devices/0000:00:02.0\n\n" + Full + "\n00:01.0 PCI bridge: Root port\n");
        Groups(Predict(capture)).ShouldBe(Right);
        capture.Functions.Single(function => function.Address.ToString() == "0000:00:02.0").Group.ShouldBe(7);
        Groups(Predict(Read(Full + "\n$ lspci -nnvvv\n" + Full))).ShouldBe(Right);
    }

    [Theory]
    [InlineData("ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-\n", "ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-\n", "ACS")]
    [InlineData("[144d:a80a]", "[144d:a80c]", "device 144d:a80a, and device 144d:a80c")]
    [InlineData("secondary=02", "secondary=03", "bus 02, and bus 03")]
    [InlineData("in use: nvme", "in use: vfio-pci", "driver nvme, and driver vfio-pci")]
    [InlineData("Endpoint, MSI", "Legacy Endpoint, MSI", "")]
    public void Two_machines_in_one_text_are_refused(string part, string other, string says)
    {
        Full.ShouldContain(part);
        var second = Full.Replace(part, other, StringComparison.Ordinal);
        CaptureReader.TryRead(Encoding.UTF8.GetBytes(Full + "\nafter:\n" + second), out _, out var error).ShouldBe(says.Length == 0);
        if (says.Length > 0)
        {
            error!.Code.ShouldBe(DiagnosticCodes.TextContradictsItself);
            error.Message.ShouldContain(says);
        }
    }

    [Fact]
    public void Two_lists_of_groups_that_differ_are_refused_and_a_log_of_changes_is_not()
    {
        const string list = "/sys/kernel/iommu_groups/0/devices/a.usb\n/sys/kernel/iommu_groups/1/devices/a.usb\n";
        CaptureReader.TryRead(Encoding.UTF8.GetBytes(list), out _, out var error).ShouldBeFalse();
        error.Code.ShouldBe(DiagnosticCodes.TextContradictsItself);
        Read("[ 1.0] a.usb: Adding to iommu group 0\n[ 9.0] a.usb: Removing from iommu group 0\n[ 9.1] a.usb: Adding to iommu group 1\n")
            .Platform.ShouldBe([new CapturedDevice("a.usb", null, 1)]);
    }

    /// <summary>
    /// Linux gives a CardBus bridge a bus like any other (drivers/pci/probe.c, pci_scan_bridge_extend), and what is on it leaves with its ID.
    /// </summary>
    [FactWith("dtc")]
    public void Behind_a_CardBus_bridge_is_a_bus()
    {
        PciFunction[] functions =
        [
            new(Address("0000:00:01.0"), 0x1217, 0x7136) { ClassCode = 0x060700, HeaderType = 2, SecondaryBus = 1 },
            new(Address("0000:01:00.0"), 0x10b7, 0x6001) { ClassCode = 0x028000 },
        ];
        var text = string.Concat(functions.Select(function => $"{function.Address} x\n{Dump(ConfigSpaceWriter.Write(function))}\n"));
        var sentences = "00:01.0 CardBus bridge [0607]: O2 [1217:7136]\n\tFlags: bus master\n\tBus: primary=00, secondary=01, subordinate=04\n"
            + "01:00.0 Network controller [0280]: 3Com [10b7:6001]\n\tFlags: bus master\n";
        foreach (var capture in (Capture[])[Read(text), Read(sentences)])
        {
            Predict(capture).Of("0000:01:00.0")!.Reason.ShouldContain("the stream ID 0x8 belongs to 0000:00:01.0 already");
            capture.ToTopology().Functions.Select(function => function.Kind).ShouldBe(["CardBus bridge", "conventional function"]);
        }
    }

    private static PciAddress Address(string text) => PciAddress.TryParse(text, out var address) ? address : throw new FormatException(text);

    private static string Dump(byte[] bytes) => string.Concat(bytes.Chunk(16).Select((row, index) =>
        $"{index * 16:x2}: {string.Join(' ', row.Select(value => value.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)))}\n"));
}
