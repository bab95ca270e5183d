using System.Text;
using System.Text.RegularExpressions;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Explanation;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Reporting;
using KernelBuild.Testing.DeviceTrees;
using Capture = KernelBuild.Iommu.Capturing.Capture;

namespace KernelBuild.Iommu.Tests;

/// <summary>What is not in the input is a third state, and the forms in which people have lspci's output are all one input.</summary>
public sealed partial class UnknownMachines
{
    private static readonly string[] Right = ["0000:00:01.0", "0000:00:02.0 0000:02:00.0", "0000:01:00.0"];

    private static string Form(string name) => File.ReadAllText(Path.Combine(LabRecord.Folder, "field", "lspci-forms", name + ".txt"));

    private static Capture Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    private static Capture Read(byte[] bytes)
    {
        CaptureReader.TryRead(bytes, out var capture, out var error).ShouldBeTrue(error?.Message);

        // the capture file keeps what is known and what is not
        CaptureReader.TryRead(CaptureFile.Write(capture), out var again, out error).ShouldBeTrue(error?.Message);
        return again;
    }

    private static GroupPrediction Predict(Capture capture) => GroupPredictor.Predict(LabRecord.Virt(), capture.ToTopology());

    private static string[] Groups(GroupPrediction prediction) =>
        [.. prediction.Groups.Select(group => string.Join(' ', group.Devices)).Order(StringComparer.Ordinal)];

    [TheoryWith("dtc")]
    [InlineData("full")]
    [InlineData("bom")]
    [InlineData("indented")]
    [InlineData("wrapped78")]
    [InlineData("prompt-inline")]
    [InlineData("numeric")]
    [InlineData("no-nn")]
    public void A_form_that_has_the_data_gives_the_groups_of_the_whole_text(string form)
    {
        var capture = Read(Form(form));
        Groups(Predict(capture)).ShouldBe(Right);
        capture.Functions.Select(function => function.Driver).ShouldBe(["pcieport", "pcieport", "nvme", "e1000e"]);
        CaptureReader.Check(capture).Select(finding => finding.Code).ShouldBe(form == "no-nn" ? [DiagnosticCodes.IdsMissing] : []);
    }

    /// <summary>Made of the whole text here: what mail programs, terminals, consoles and shells do to it.</summary>
    public static TheoryData<string, Func<string, string>> Disguises => new()
    {
        { "quoted", text => Each(text, line => "> " + line) },
        { "quoted twice", text => Each(text, line => "> > " + line) },
        { "quoted without a space", text => Each(text, line => ">" + line) },
        { "timestamps of dmesg", text => Each(text, line => "[   12.345678] " + line) },
        { "timestamps of a logger", text => Each(text, line => "2026-01-31T10:20:30.123+0000 " + line) },
        { "timestamps of ts", text => Each(text, line => "Jan 31 10:20:30 " + line) },
        { "colours", text => Each(text, line => "\e[1;32m" + line + "\e[0m\e[K") },
        { "no-break spaces", text => text.Replace(' ', '\u00a0') },
        { "blank lines", text => text.Replace("\n", "\n\n", StringComparison.Ordinal) },
        { "carriage returns", text => text.Replace("\n", "\r\n", StringComparison.Ordinal) },
        { "without indentation", text => Each(text, line => line.TrimStart()) },
        { "tabs as spaces", text => text.Replace("\t", "        ", StringComparison.Ordinal) },
        { "short addresses", text => text.Replace("0000:", "", StringComparison.Ordinal) },
        { "in a code block", text => "```\n$ sudo lspci -nnvvv\n" + text + "```\nthanks for any help\n" },
        { "with a prompt after it", text => text.TrimEnd() + "\nroot@board:~# " },
        { "broken at 80 columns", text => Wrap(text.Replace("\t", "        ", StringComparison.Ordinal), 80, isHard: true) },
        { "broken at 60 columns", text => Wrap(text.Replace("\t", "        ", StringComparison.Ordinal), 60, isHard: true) },
        { "broken between words", text => Wrap(text.Replace("\t", "        ", StringComparison.Ordinal), 72, isHard: false) },
        { "old titles", text => Titles(text, (code, id) => $"Class {code}: Device {id}") },
        { "older titles", text => Titles(text, (code, id) => $"Class {code}: {id}") },
        { "bracketed titles", text => Titles(text, (code, id) => $"Class [{code}]: Unknown device [{id}]") },
        { "unknown device", text => Titles(text, (code, id) => $"Unassigned class [{code}]: Device [{id}] (rev 01)") },
    };

    [TheoryWith("dtc")]
    [MemberData(nameof(Disguises))]
    public void What_programs_do_to_the_text_changes_nothing(string name, Func<string, string> disguise)
    {
        name.ShouldNotBeEmpty();
        var capture = Read(disguise(Form("full")));
        Groups(Predict(capture)).ShouldBe(Right);
        CaptureReader.Check(capture).ShouldBeEmpty();
        capture.ToTopology().Functions.Select(function => function.Id).ShouldBe(["1b36:000c", "1b36:000c", "144d:a80a", "8086:10d3"]);
    }

    [TheoryWith("dtc")]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", false)]
    public void Text_in_UTF_16_is_read(string encoding, bool hasMark)
    {
        var into = Encoding.GetEncoding(encoding);
        Groups(Predict(Read([.. hasMark ? into.GetPreamble() : [], .. into.GetBytes(Form("full"))]))).ShouldBe(Right);
    }

    [TheoryWith("dtc")]
    [InlineData("nn", DiagnosticCodes.PortTypeMissing)]
    [InlineData("nnk", DiagnosticCodes.PortTypeMissing)]
    [InlineData("access-denied", DiagnosticCodes.PortTypeMissing)]
    [InlineData("cut", DiagnosticCodes.CaptureCut)]
    public void Nothing_is_built_on_what_is_not_in_the_text(string form, string code)
    {
        var capture = Read(Form(form));
        var prediction = Predict(capture);
        prediction.Groups.ShouldBeEmpty();
        prediction.Ungrouped.ShouldBeEmpty();
        prediction.Unknown.Count().ShouldBe(capture.Functions.Length);
        prediction.Unknown.ShouldAllBe(decision => decision.Reason.Contains("lspci -D -nnk -xxxx", StringComparison.Ordinal));
        CaptureReader.Check(capture).First().Code.ShouldBe(code);
        FixFinder.Find(LabRecord.Virt(), capture.ToTopology(), new PredictionOptions(),
            "0000:01:00.0").Single().Verdict.ShouldBe(FixVerdict.Unknown);
    }

    [FactWith("dtc")]
    public void What_does_not_depend_on_the_missing_register_is_known_all_the_same()
    {
        var capture = Read(Form("nnv"));
        var prediction = Predict(capture);
        Groups(prediction).ShouldBe(["0000:00:02.0 0000:02:00.0"]);
        prediction.Of("0000:01:00.0")!.Reason.ShouldContain("the state of ACS of 0000:00:01.0");
        CaptureReader.Check(capture).Select(finding => finding.Code).ShouldBe([DiagnosticCodes.ExtendedSpaceMissing]);
        capture.Functions.Select(function => function.Group).ShouldBe([0, 1, 2, 1]);

        using var text = new StringWriter();
        TopologyText.Write(capture.ToTopology(), prediction, text);
        text.ToString().ShouldContain("1 group, 0 devices without a group, 2 devices whose group is unknown");
        HtmlReport.Write("t", LabRecord.Virt(), capture.ToTopology(), new PredictionOptions(), prediction,
            []).ShouldContain("group unknown");
        PairExplanation.Of(prediction, "0000:01:00.0", "0000:02:00.0")!.Share.ShouldBeNull();
    }

    [FactWith("dtc")]
    public void A_function_whose_bridge_is_not_in_the_text_has_an_unknown_group()
    {
        var only = Form("full")[Form("full").IndexOf("0000:02:00.0", StringComparison.Ordinal)..];
        var decision = Predict(Read(only)).Decisions.Single(one => one.Function is not null);
        (decision.IsUnknown, decision.Group).ShouldBe((true, null));
        decision.Reason.ShouldContain("the bridge above bus 02 is not in the input");
    }

    /// <summary>Linux 6.1, booted, had 0000:01:00.0 and 0000:02:00.0 in one group with their ports.</summary>
    [TheoryWith("dtc")]
    [InlineData("lspci-x.txt")]
    [InlineData("capture-64-bytes.txt")]
    public void With_64_bytes_of_configuration_space_no_group_is_claimed(string name)
    {
        var folder = Path.Combine(LabRecord.Folder, "field", "capture-without-root");
        var tree = new IommuTree(DeviceTree.Read(Dtc.Compile(File.ReadAllText(Path.Combine(folder, "board.dts")))));
        var capture = Read(File.ReadAllBytes(Path.Combine(folder, name)));
        var prediction = GroupPredictor.Predict(tree, capture.ToTopology(), new PredictionOptions { Kernel = new KernelVersion(6, 1) });
        foreach (var device in (string[])["0000:01:00.0", "0000:02:00.0", "0000:03:00.0", "0000:00:01.0"])
        {
            prediction.Of(device)!.IsUnknown.ShouldBeTrue(device);
        }

        CaptureReader.Check(capture).Select(finding => finding.Code).ShouldBe([DiagnosticCodes.PortTypeMissing]);
        capture.ToTopology().Functions.ShouldNotContain(function => function.Kind == "conventional bridge");
    }

    [Theory]
    [InlineData("IOMMU Group 0:\n\t00:01.0 PCI bridge [0604]: P [1b36:000c]\nIOMMU Group 12:\n\t01:00.0 Ethernet controller [0200]: C "
        + "[8086:10d3]\n")]
    [InlineData("IOMMU Group 0 00:01.0 PCI bridge [0604]: P [1b36:000c]\nIOMMU Group 12 01:00.0 Ethernet controller [0200]: C "
        + "[8086:10d3]\n")]
    [InlineData("### Group 0 ###\n    00:01.0 PCI bridge [0604]: P [1b36:000c]\n### Group 12 ###\n    01:00.0 Ethernet controller "
        + "[0200]: C [8086:10d3]\n")]
    [InlineData("Group 0:\t\t[1b36:000c]     00:01.0  PCI bridge: P\nGroup 12:\t\t[8086:10d3] [R] 01:00.0  Ethernet controller: C\n")]
    [InlineData("/sys/kernel/iommu_groups/0/devices/0000:00:01.0\n/sys/kernel/iommu_groups/12/devices/0000:01:00.0\n")]
    [InlineData("[    1.2] pcieport 0000:00:01.0: Adding to iommu group 0\n[    1.3] pci 0000:01:00.0: Adding to iommu group 12\n")]
    [InlineData("[    1.2] iommu: Adding device 0000:00:01.0 to group 0\n[    1.3] iommu: Adding device 0000:01:00.0 to group 12\n")]
    [InlineData("IOMMU Group 0 00:01.0 PCI bridge [0604]: Intel Corporation Device [8086:460d] (rev 02)\n"
        + "IOMMU Group 12 01:00.0 3D controller [0302]: NVIDIA Corporation TU104GL [Tesla T4] [10de:1eb8] (rev a1)\n")]
    [InlineData("Slot:\t00:01.0\nClass:\tPCI bridge\nIOMMUGroup:\t0\n\nSlot:\t01:00.0\nClass:\tEthernet controller\nIOMMUGroup:\t12\n")]
    [InlineData("00:01.0 PCI bridge: P\n\tFlags: fast devsel, IOMMU group 0\n01:00.0 Ethernet controller: C\n\tFlags: fast devsel, "
        + "IOMMU group 12\n")]
    [InlineData(
        "/sys/bus/pci/devices/0000:00:01.0/iommu_group -> ../../../kernel/iommu_groups/0\n"
        + "/sys/bus/pci/devices/0000:01:00.0/iommu_group -> ../../../../kernel/iommu_groups/12\n")]
    public void Groups_that_Linux_formed_are_read_from_every_list_of_them(string text)
    {
        var recorded = RecordedGroupCheck.Recorded(Read(text));
        recorded.Groups.Select(group => (group.Id, string.Join(' ', group.Devices))).ShouldBe([(0, "0000:00:01.0"), (12, "0000:01:00.0")]);
    }

    [Fact]
    public void Devices_of_the_platform_are_read_from_lists_of_groups()
    {
        Read("/sys/kernel/iommu_groups/3/devices/a600000.usb\n[ 1.0] arm-smmu 15000000.iommu: probing\n[ 1.1] a00000.dma: Adding to "
            + "iommu group 4\n")
            .Platform.ShouldBe([new CapturedDevice("a00000.dma", null, 4), new CapturedDevice("a600000.usb", null, 3)]);
    }

    [Theory]
    [InlineData("00:01.0 \"PCI bridge [0604]\" \"Red Hat [1b36]\" \"Port [000c]\" -r01 -p00 \"\" \"\"\n")]
    [InlineData("00:01.0 \"0604\" \"1b36\" \"000c\" -r01 -p00 \"\" \"\"\n")]
    [InlineData("Slot:\t0000:00:01.0\nClass:\tPCI bridge [0604]\nVendor:\tRed Hat, Inc. [1b36]\nDevice:\tQEMU Root port "
        + "[000c]\nDriver:\tpcieport\n")]
    [InlineData("Slot:\t00:01.0\nClass:\t0604\nVendor:\t1b36\nDevice:\t000c\n")]
    [InlineData("Device:\t00:01.0\nClass:\tPCI bridge [0604]\nVendor:\tRed Hat, Inc. [1b36]\nDevice:\tQEMU Root port [000c]\n")]
    public void Records_for_programs_are_read(string text)
    {
        var function = Read(text).ToTopology().Functions.Single();
        (function.Id, function.ClassCode, function.IsTypeUnknown).ShouldBe(("1b36:000c", 0x060400u, true));
    }

    [Fact]
    public void A_capture_that_broke_off_is_an_error()
    {
        var cut = File.ReadAllBytes(Path.Combine(LabRecord.Folder, "field", "capture-truncated", "cut.txt"));
        Refusal(cut).ShouldSatisfyAllConditions(
            error => error.Code.ShouldBe(DiagnosticCodes.CaptureCut), error => error.Message.ShouldContain("### END"));

        // the last line is there and what is before it is not whole
        const string head = "### KERNELBUILD IOMMU CAPTURE 1\nK 6.1.0\nD 0000:00:01.0 - -\n 36 1b 0c 00 07 04 10 00 00 00 04 06 00 00 "
            + "01 00\n";
        Refusal(Encoding.ASCII.GetBytes(head + "T\n### END\n")).Message.ShouldContain("0000:00:01.0 has 16 bytes");
        Refusal(Encoding.ASCII.GetBytes("### KERNELBUILD IOMMU CAPTURE 1\nK 6.1.0\nT\n d0 0d fe ed 00 00 04 c1\n### END\n"))
            .Message.ShouldContain("the device tree has 8 of 1217 bytes");
    }

    [Fact]
    public void A_phone_without_PCI_is_a_machine()
    {
        var capture = Read(File.ReadAllBytes(Path.Combine(LabRecord.Folder, "field", "capture-without-pci", "capture.txt")));
        capture.Functions.ShouldBeEmpty();
        var tree = new IommuTree(DeviceTree.Read(capture.DeviceTree));
        GroupPredictor.Predict(tree, capture.ToTopology(), new PredictionOptions { Kernel = new KernelVersion(5, 10) }).Groups.Length
            .ShouldBe(2);
    }

    [FactWith("dtc")]
    public void On_a_machine_with_ACPI_the_PCI_rules_hold_without_the_tree()
    {
        var folder = Path.Combine(LabRecord.Folder, "field", "acpi-stub");
        var tree = new IommuTree(DeviceTree.Read(Dtc.Compile(File.ReadAllText(Path.Combine(folder, "fdt.dts")))));
        tree.IsAcpiStub.ShouldBeTrue();
        LabRecord.Virt().IsAcpiStub.ShouldBeFalse();
        var topology = Read(File.ReadAllBytes(Path.Combine(folder, "lspci.txt"))).ToTopology();
        Groups(GroupPredictor.Predict(tree, topology)).ShouldBe(["0000:00:00.0", "0000:00:01.0 0000:01:00.0"]);
        FixFinder.Find(tree, topology, new PredictionOptions(), "0000:01:00.0").ShouldNotContain(fix => fix.Name == "acs-on-device-tree");
    }

    private static Diagnostic Refusal(byte[] bytes)
    {
        CaptureReader.TryRead(bytes, out _, out var error).ShouldBeFalse();
        return error;
    }

    private static string Each(string text, Func<string, string> change) =>
        string.Join('\n', text.TrimEnd('\n').Split('\n').Select(change)) + "\n";

    private static string Titles(string text, Func<string, string, string> title) => Each(text, line =>
        TitlePattern().Replace(line, found => title(found.Groups[1].Value, found.Groups[2].Value)));

    [GeneratedRegex(@"(?<=^[0-9a-f:.]{12} ).*\[([0-9a-f]{4})\]:.*\[([0-9a-f]{4}:[0-9a-f]{4})\].*$")]
    private static partial Regex TitlePattern();

    private static string Wrap(string text, int width, bool isHard) => Each(text, line =>
    {
        var parts = new List<string>();
        for (var rest = line; ;)
        {
            var at = width;
            if (rest.Length > width && !isHard)
            {
                at = rest.LastIndexOf(' ', width - 1);
            }

            if (rest.Length <= width || at <= 0)
            {
                parts.Add(rest);
                return string.Join('\n', parts);
            }

            parts.Add(rest[..at]);
            rest = isHard ? rest[at..] : rest[(at + 1)..];
        }
    });
}
