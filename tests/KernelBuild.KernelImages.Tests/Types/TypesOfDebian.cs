using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using KernelBuild.KernelImages.Elf;
using KernelBuild.KernelImages.Types;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Types;

/// <summary>Types as they are shown, against bpftool and pahole, which read them from the exported ELF file.</summary>
public sealed partial class TypesOfDebian
{
    [FactWithKernel("6.12", "bpftool")]
    public void Every_structure_and_enumeration_is_bpftools()
    {
        using var folder = new TestFolder();
        var image = DebianKernels.Open("6.12");
        TypeTable.TryFind(image.Bytes, out var types, out _).ShouldBeTrue();
        File.WriteAllBytes(folder["vmlinux"], ElfExport.Write(image));

        // a section of the ELF file, and the same bytes alone
        var dump = Dump(folder["vmlinux"]);
        File.WriteAllBytes(folder["raw.btf"], image.Bytes.Slice(types!.Offset, types.Length).ToArray());
        Dump(folder["raw.btf"]).ShouldBe(dump);

        var catalog = new TypeCatalog(types);
        var (members, values) = (0, 0);
        foreach (var theirs in Records(dump).Where(record => record.Name.Length > 0).GroupBy(record => (record.Kind, record.Name)))
        {
            var ours = catalog.Find($"{theirs.Key.Kind} {theirs.Key.Name}");
            foreach (var record in theirs)
            {
                ours.ShouldContain(type => type.Size == record.Size && Lines(type).SequenceEqual(record.Lines), $"{record.Kind} {record.Name}");
                (members, values) = record.Kind == "enum" ? (members, values + record.Lines.Length) : (members + record.Lines.Length, values);
            }
        }

        members.ShouldBeGreaterThan(30_000);
        values.ShouldBeGreaterThan(10_000);
    }

    /// <summary>pahole lays out what it prints by itself, so that declarations are compared as well: without blanks, and with its comments taken off.</summary>
    [FactWithKernel("6.12", "pahole")]
    public void Structures_are_declared_as_pahole_declares_them()
    {
        using var folder = new TestFolder();
        var image = DebianKernels.Open("6.12");
        TypeTable.TryFind(image.Bytes, out var types, out _).ShouldBeTrue();
        File.WriteAllBytes(folder["vmlinux"], ElfExport.Write(image));
        string[] names =
        [
            "iommu_ops", "dev_iommu", "pci_dev", "pci_host_bridge", "sk_buff", "page",
        ];
        foreach (var name in names)
        {
            var theirs = Encoding.UTF8.GetString(Oracle.Output("pahole", ["-F", "btf", "-C", name, folder["vmlinux"]]));
            if (theirs.Trim().Length == 0)
            {
                continue;
            }

            var ours = new TypeCatalog(types!).Find("struct " + name).ShouldHaveSingleItem();
            Plain(ours.Text).ShouldBe(Plain(theirs), name);
            theirs.ShouldContain($"/* size: {ours.Size},");
        }
    }

    [FactWithKernel("6.12")]
    public void Names_patterns_and_prototypes_are_found()
    {
        TypeTable.TryFind(DebianKernels.Open("6.12").Bytes, out var types, out _).ShouldBeTrue();
        var catalog = new TypeCatalog(types!);

        catalog.Find("function pci_device_group").ShouldHaveSingleItem().Text.ShouldBe("struct iommu_group *pci_device_group(struct device *dev);");
        catalog.Find("*iommu_group*").Select(type => type.Name).ShouldContain("iommu_group_get");
        catalog.Find("enum iommu_cap").ShouldHaveSingleItem().Values[0].ShouldBe(("IOMMU_CAP_CACHE_COHERENCY", 0));
        catalog.Find("typedef size_t").ShouldHaveSingleItem().Text.ShouldBe("typedef __kernel_size_t size_t;");
        catalog.Find("no_such_type").ShouldBeEmpty();
        catalog.Suggest("iommu_op", 3).ShouldContain("iommu_ops");
        catalog.Named().ShouldContain(("struct", "iommu_fwspec", catalog.Find("struct iommu_fwspec")[0].Size));
    }

    private static IEnumerable<string> Lines(TypeDescription type) => type.Kind == "enum"
        ? type.Values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{value.Name} {value.Value}"))
        : type.Members.Select(member => string.Create(CultureInfo.InvariantCulture, $"{member.Name} {member.BitOffset}"));

    private static string Dump(string file) => Encoding.UTF8.GetString(Oracle.Output("bpftool", ["btf", "dump", "file", file, "format", "raw"]));

    private static IEnumerable<(string Kind, string Name, long Size, string[] Lines)> Records(string dump)
    {
        var lines = dump.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (Head().Match(lines[i]) is not { Success: true } head)
            {
                continue;
            }

            var parts = new List<string>();
            while (i + 1 < lines.Length && lines[i + 1].StartsWith('\t'))
            {
                var part = Part().Match(lines[++i]);
                parts.Add($"{(part.Groups[1].Value == "(anon)" ? "" : part.Groups[1].Value)} {part.Groups[2].Value}");
            }

            var kind = head.Groups[1].Value switch { "STRUCT" => "struct", "UNION" => "union", _ => "enum" };
            var name = head.Groups[2].Value;
            yield return (kind, name == "(anon)" ? "" : name, long.Parse(head.Groups[3].Value, CultureInfo.InvariantCulture), [.. parts]);
        }
    }

    private static string Plain(string text) =>
        Blanks().Replace(Attributes().Replace(Array().Replace(Comments().Replace(text, ""), "[]"), ""), "").TrimEnd(';');

    [GeneratedRegex(@"^\[\d+\] (STRUCT|UNION|ENUM|ENUM64) '?([^' ]+)'? .*?size=(\d+)")]
    private static partial Regex Head();

    [GeneratedRegex(@"^\t'?([^' ]+)'? .*?(?:bits_offset|val)=(-?\d+)")]
    private static partial Regex Part();

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comments();

    /// <summary>pahole infers alignment from holes; BTF does not have it.</summary>
    [GeneratedRegex(@"\s*__attribute__\(\([^;]*\)\)")]
    private static partial Regex Attributes();

    [GeneratedRegex(@"\[0\]")]
    private static partial Regex Array();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
