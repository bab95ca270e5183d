using System.Globalization;
using System.Text.RegularExpressions;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.Iommu.Tests;

/// <summary>The known ACS quirks against Linux's own source: drivers/pci/quirks.c as Debian's packages linux-source-X have it.</summary>
public sealed partial class QuirksOfLinux
{
    /// <summary>Put there by tests/fetch-debian-kernels.sh --sources.</summary>
    private static string Folder => Path.Combine(Path.GetDirectoryName(DebianKernels.Folder)!, "kernel-sources");

    [Theory]
    [InlineData("5.10")]
    [InlineData("6.1")]
    [InlineData("6.12")]
    [InlineData("7.2")]
    public void The_table_of_a_version_is_that_of_its_source(string version)
    {
        Assert.SkipUnless(File.Exists(Path.Combine(Folder, version, "quirks.c")), "needs tests/fetch-debian-kernels.sh --sources");
        Known(version).Entries.Select(entry => (entry.Vendor, entry.Device, entry.Handler)).ShouldBe(Entries(version));
    }

    /// <summary>
    /// What a handler asks of a function is read from its source, too: which port types it turns away, which devices its switch takes, and
    /// what it says of the others. Then every device ID of the vendor is asked.
    /// </summary>
    [Theory]
    [InlineData("5.10")]
    [InlineData("6.1")]
    [InlineData("6.12")]
    [InlineData("7.2")]
    public void The_conditions_of_a_handler_are_those_of_its_source(string version)
    {
        Assert.SkipUnless(File.Exists(Path.Combine(Folder, version, "quirks.c")), "needs tests/fetch-debian-kernels.sh --sources");
        string[] chipset = ["pci_quirk_amd_sb_acs", "pci_quirk_intel_pch_acs", "pci_quirk_intel_spt_pch_acs"];
        KernelVersion.TryParse(version, out var kernel).ShouldBeTrue();
        var source = Source(version, "quirks.c");
        foreach (var (vendor, _, handler) in Entries(version).DistinctBy(entry => entry.Handler).Where(entry =>
            !chipset.Contains(entry.Handler)))
        {
            var table = new IsolationQuirkTable([new IsolationQuirk(vendor, 0xffff, handler)]);
            var text = Function(source, handler) + Function(source, handler + "_match");
            foreach (var type in (PciPortType?[])[null, .. Enum.GetValues<PciPortType>()])
            {
                for (var device = 0; device <= 0xffff; device += text.Contains("switch", StringComparison.Ordinal) ? 1 : 0x1111)
                {
                    var function = new PciFunction(default, vendor, (ushort)device) { PortType = type };
                    (table.Match(function, kernel)?.IsEnabled)
                        .ShouldBe(Expected(text, type, device), $"{handler} {vendor:x4}:{device:x4} {type}");
                }
            }
        }
    }

    /// <summary>Intel's ports that isolate by other registers: the lists of the source, every device ID asked.</summary>
    [Theory]
    [InlineData("5.10")]
    [InlineData("6.1")]
    [InlineData("6.12")]
    [InlineData("7.2")]
    public void The_ports_of_Intels_chipsets_are_those_of_the_source(string version)
    {
        Assert.SkipUnless(File.Exists(Path.Combine(Folder, version, "quirks.c")), "needs tests/fetch-debian-kernels.sh --sources");
        var source = Source(version, "quirks.c");
        var listed = Regex.Match(source, @"pci_quirk_intel_pch_acs_ids\[\] = \{(.*?)\};", RegexOptions.Singleline).Groups[1].Value;
        var ids = Regex.Matches(listed, "0x[0-9a-f]{4}").Select(found => Number(found.Value)).ToHashSet();
        ids.Count.ShouldBeGreaterThan(100);
        var wide = Function(source, "pci_quirk_intel_spt_pch_acs_match");
        for (var device = 0; device <= 0xffff; device++)
        {
            IntelPorts.HasChipsetRegisters((ushort)device).ShouldBe(ids.Contains((ushort)device), $"{device:x4}");
            IntelPorts.HasWideRegisters(0x8086, (ushort)device, PciPortType.RootPort)
                .ShouldBe(Expected(wide, PciPortType.RootPort, device) == true, $"{device:x4}");
        }
    }

    /// <summary>The reader of conditions against a damaged source: it must see the difference.</summary>
    [Fact]
    public void The_reader_of_conditions_reads_ranges_types_and_what_is_said_of_the_rest()
    {
        const string text = "if (pci_pcie_type(dev) != PCI_EXP_TYPE_ROOT_PORT) return -ENOTTY;\n"
            + "switch (dev->device) { case 0x0010 ... 0x001f: case 0x0030: return pci_acs_ctrl_enabled(1, 2); }\nreturn false;";
        Expected(text, PciPortType.Endpoint, 0x10).ShouldBeNull();
        Expected(text, PciPortType.RootPort, 0x1f).ShouldBe(true);
        Expected(text, PciPortType.RootPort, 0x30).ShouldBe(true);
        Expected(text, PciPortType.RootPort, 0x20).ShouldBe(false);
    }

    private static IsolationQuirkTable Known(string version)
    {
        KernelVersion.TryParse(version, out var kernel).ShouldBeTrue();
        return KnownIsolationQuirks.Of(kernel);
    }

    private static string Source(string version, string file) => File.ReadAllText(Path.Combine(Folder, version, file));

    private static (ushort Vendor, ushort Device, string Handler)[] Entries(string version)
    {
        var source = Source(version, "quirks.c");
        var ids = IdPattern().Matches(Source(version, "pci_ids.h")).ToDictionary(found => found.Groups[1].Value, found =>
            Number(found.Groups[2].Value));
        var table = source[source.IndexOf("} pci_dev_acs_enabled[] = {", StringComparison.Ordinal)..];
        table = table[..table.IndexOf("\n};", StringComparison.Ordinal)];
        return
        [
            .. EntryPattern().Matches(table).Select(found =>
                (Word(found.Groups[1].Value), Word(found.Groups[2].Value), found.Groups[3].Value)),
        ];

        ushort Word(string text) => text == "PCI_ANY_ID" ? (ushort)0xffff : ids.TryGetValue(text, out var id) ? id : Number(text);
    }

    private static ushort Number(string text) => ushort.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static string Function(string source, string name) =>
        Regex.Match(source, $@"^static (?:int|bool) +{name}\(.*?^\}}", RegexOptions.Multiline | RegexOptions.Singleline).Value;

    private static bool? Expected(string text, PciPortType? type, int device)
    {
        var types = TypePattern().Matches(text).Select(found => found.Groups[1].Value).ToArray();
        if (types.Length > 0 && !types.Contains(type switch
        {
            PciPortType.RootPort => "ROOT_PORT",
            PciPortType.DownstreamPort => "DOWNSTREAM",
            PciPortType.RootComplexEndpoint => "RC_END",
            _ => "",
        }))
        {
            return null;
        }

        var cases = CasePattern().Matches(text);
        if (cases.Count == 0)
        {
            return true;
        }

        return cases.Any(found => device >= Number(found.Groups[1].Value)
                && device <= Number(found.Groups[2].Success ? found.Groups[2].Value : found.Groups[1].Value))
            ? true
            : text.Contains("default:", StringComparison.Ordinal) ? null : false;
    }

    [GeneratedRegex(@"\{ (\w+), (\w+), (\w+) \}")]
    private static partial Regex EntryPattern();

    [GeneratedRegex(@"#define (PCI_VENDOR_ID_\w+)\s+(0x[0-9a-fA-F]{4})\b")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"!= PCI_EXP_TYPE_(\w+)")]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"case (0x[0-9a-fA-F]{4})(?: \.\.\. (0x[0-9a-fA-F]{4}))?:")]
    private static partial Regex CasePattern();
}
