using System.Globalization;
using System.Text.RegularExpressions;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Tables;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Tables;

/// <summary>What is recovered from an image against the source it was built from.</summary>
public sealed partial class TablesAgainstTheSource
{
    private static readonly Lazy<string> Quirks = new(() =>
        BlockComment().Replace(File.ReadAllText(Path.Combine(OwnKernel.Source, "drivers", "pci", "quirks.c")), ""));

    private static readonly Lazy<Dictionary<string, string>> Ids = new(() =>
        Define().Matches(File.ReadAllText(Path.Combine(OwnKernel.Source, "include", "linux", "pci_ids.h")) + Quirks.Value)
        .GroupBy(match => match.Groups[1].Value).ToDictionary(group => group.Key, group => group.First().Groups[2].Value));

    [FactWithKernel("own source")]
    public void Every_ACS_quirk_of_our_kernel_is_the_source_s_and_in_its_order()
    {
        var body = Quirks.Value[Quirks.Value.IndexOf("} pci_dev_acs_enabled[]", StringComparison.Ordinal)..];
        var expected = Entry()
            .Matches(body[..body.IndexOf("};", StringComparison.Ordinal)])
            .Select(match => (Id(match.Groups[1].Value), Id(match.Groups[2].Value), match.Groups[3].Value))
            .ToArray();

        var ours = RecoveredTables.Of(OwnKernel.Open()).IsolationQuirks;

        expected.Length.ShouldBe(132);
        ours.Select(entry => (entry.Vendor, entry.Device, entry.Handler)).ShouldBe(expected);
    }

    /// <summary>clang makes code of this table, gcc does not.</summary>
    [FactWithKernel("own source")]
    public void The_devices_that_have_an_ACS_like_mode_are_the_source_s()
    {
        var body = Quirks.Value[Quirks.Value.IndexOf("} pci_dev_acs_ops[]", StringComparison.Ordinal)..];
        var expected = EnableEntry().Matches(body[..body.IndexOf("};", StringComparison.Ordinal)])
            .Select(match => (Id(match.Groups[1].Value), Id(match.Groups[2].Value), match.Groups[3].Value, match.Groups[4].Value))
            .ToArray();

        expected.Length.ShouldBe(2);
        RecoveredTables.Of(OwnKernel.Open()).AcsModes
            .Select(entry => (entry.Vendor, entry.Device, entry.Enable, entry.DisableRedirect))
            .ShouldBe(expected);
    }

    [FactWithKernel("6.1")]
    public void They_are_the_same_in_Debian_6_1_where_they_are_a_table() =>
        RecoveredTables.Of(DebianKernels.Open("6.1")).AcsModes
            .Select(entry => (entry.Vendor, entry.Device, entry.Enable, entry.DisableRedirect))
            .ShouldBe(
        [
            (0x8086, 0xffff, "pci_quirk_enable_intel_pch_acs", ""),
            (0x8086, 0xffff, "pci_quirk_enable_intel_spt_pch_acs", "pci_quirk_disable_intel_spt_pch_acs_redir"),
        ]);

    [FactWithKernel("own source")]
    public void Every_DMA_alias_quirk_of_our_kernel_is_the_source_s()
    {
        // DECLARE_PCI_FIXUP_…(vendor, device, hook), and Switchtec's and PLX's macros over them
        var expected = Fixup()
            .Matches(Quirks.Value)
            .Where(match =>
                match.Groups[3].Value.EndsWith("_alias", StringComparison.Ordinal)
                    || match.Groups[3].Value.Contains("thrx2", StringComparison.Ordinal))
            .Where(match => match.Groups[2].Value is not "vid" and not "device_id")
            .Select(match => (Id(match.Groups[1].Value), Id(match.Groups[2].Value), match.Groups[3].Value)).ToList();
        expected.AddRange(
            Switchtec()
                .Matches(Quirks.Value)
                .Select(match =>
                    ((ushort)(match.Value.Contains("PCI100X", StringComparison.Ordinal) ? 0x1055 : 0x11f8), Id(match.Groups[1].Value),
                        "quirk_switchtec_ntb_dma_alias")));

        var ours = RecoveredTables.Of(OwnKernel.Open()).DmaAliases.Select(entry => (entry.Vendor, entry.Device, entry.Handler)).ToArray();

        expected.Count.ShouldBeGreaterThan(50);
        ours.Except(expected).ShouldBeEmpty("not in the source");
        expected.Except(ours).ShouldBeEmpty("not recovered");
        ours.Length.ShouldBe(expected.Count);
    }

    [FactWithKernel("own source")]
    public void The_SMMU_match_tables_of_our_kernel_are_the_source_s_with_driver_and_probe()
    {
        var tables = RecoveredTables.Of(OwnKernel.Open()).Matches;

        foreach (var (file, driver) in ((string, string)[])
        [
            ("arm-smmu/arm-smmu.c", "arm-smmu"), ("arm-smmu-v3/arm-smmu-v3.c", "arm-smmu-v3"),
        ])
        {
            var source = File.ReadAllText(Path.Combine(OwnKernel.Source, "drivers", "iommu", "arm", file));
            var body = source[source.IndexOf("arm_smmu_of_match[] = {", StringComparison.Ordinal)..];
            var expected = Match()
                .Matches(body[..body.IndexOf("};", StringComparison.Ordinal)])
                .Select(match => (match.Groups[1].Value, match.Groups[2].Value));
            var ours = tables.Single(table => table.Driver == driver);
            ours.Entries.Select(entry => (entry.Compatible, entry.Data)).ShouldBe(expected);
            ours.Name.ShouldBe("arm_smmu_of_match");
            ours.Probe.ShouldBe("arm_smmu_device_probe");
        }

        tables.Length.ShouldBe(2);
    }

    [FactWithKernel("6.12")]
    public void Debian_6_12_has_132_ACS_quirks_and_the_entry_that_the_lab_patched()
    {
        var image = DebianKernels.Open("6.12");
        var tables = RecoveredTables.Of(image);

        tables.IsolationQuirks.Length.ShouldBe(132);
        tables.IsolationQuirks.Count(entry => entry.Handler == "pci_quirk_mf_endpoint_acs").ShouldBeGreaterThan(50);
        var patched = tables.IsolationQuirks.Single(entry => entry is { Vendor: 0x17cb, Device: 0x0400 });
        patched.Handler.ShouldBe("pci_quirk_qcom_rp_acs");
        tables.AcsModes.Select(entry => entry.Enable).ShouldBe(["pci_quirk_enable_intel_pch_acs", "pci_quirk_enable_intel_spt_pch_acs"]);
        var qcom = tables.Matches.Single(table => table.Name == "qcom_smmu_impl_of_match");
        qcom.Users.ShouldBe(["qcom_smmu_impl_init"]);
        qcom.Entries.ShouldContain(entry => entry.Compatible == "qcom,sdm845-smmu-500");
        if (DebianKernels.Package("6.12").Contains("6.12.117", StringComparison.Ordinal))
        {
            image.TryOffset(patched.Address, out var offset).ShouldBeTrue();
            offset.ShouldBe(0x1110278);
        }
    }

    [FactWithKernel("6.1")]
    public void Debian_6_1_which_lists_functions_only_gives_its_tables_too()
    {
        var tables = RecoveredTables.Of(DebianKernels.Open("6.1"));

        tables.IsolationQuirks.Length.ShouldBe(132);
        tables.Matches.Select(table => table.Driver).ShouldContain("arm-smmu-v3");
        tables.Matches.Single(table => table.Users.Contains("qcom_smmu_impl_init")).Entries.Length.ShouldBeGreaterThan(10);
    }

    private static ushort Id(string text) =>
        text == "PCI_ANY_ID" ? (ushort)0xffff
        : text.StartsWith("0x", StringComparison.Ordinal)
            ? ushort.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : Id(Ids.Value[text]);

    [GeneratedRegex(@"#define\s+(PCI_(?:VENDOR|DEVICE)_ID_\w+)\s+(0x[0-9a-fA-F]+)")]
    private static partial Regex Define();

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex BlockComment();

    [GeneratedRegex(@"\{\s*(\w+),\s*(\w+),\s*(pci_quirk_\w+)\s*\}")]
    private static partial Regex Entry();

    [GeneratedRegex(@"\{\s*(\w+),\s*(\w+),\s*\.enable_acs = (\w+),\s*(?:\.disable_acs_redir = (\w+),\s*)?\}")]
    private static partial Regex EnableEntry();

    [GeneratedRegex(@"DECLARE_PCI_FIXUP_(?:HEADER|EARLY|FINAL)\(\s*(\w+),\s*(\w+),\s*(quirk_\w+)\s*\)")]
    private static partial Regex Fixup();

    [GeneratedRegex(@"^SWITCHTEC_(?:PCI100X_)?QUIRK\((0x[0-9a-fA-F]+)\)", RegexOptions.Multiline)]
    private static partial Regex Switchtec();

    [GeneratedRegex(@"\.compatible\s*=\s*""([^""]+)""(?:\s*,\s*\.data\s*=\s*&(\w+))?")]
    private static partial Regex Match();
}
