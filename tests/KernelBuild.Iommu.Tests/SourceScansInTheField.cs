using System.Text;
using KernelBuild.Iommu.Scanning;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.Iommu.Tests;

/// <summary>Drivers in the ways that vendors and old kernels write them, and Linux's own.</summary>
public sealed class SourceScansInTheField
{
    private static SourceScan Folder(string name)
    {
        var root = Path.Combine(LabRecord.Folder, "field", name);
        return SourceScan.Combine(
            Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
                .Where(SourceFileScan.IsOne)
                .Select(file => SourceFileScan.Of(file, File.ReadAllBytes(Path.Combine(root, file)))).OfType<SourceFileScan>());
    }

    private static SourceScan Driver(string text) =>
        SourceScan.Combine(((SourceFileScan?[])[SourceFileScan.Of("drivers/iommu/x.c", Encoding.Latin1.GetBytes(text))]).OfType<SourceFileScan>());

    [Fact]
    public void Groups_are_found_wherever_a_driver_makes_them()
    {
        var scan = Folder("source-scan");
        scan.Drivers.ToDictionary(driver => driver.Operations, driver => driver.Kind).ShouldBe(
            new Dictionary<string, GroupingKind>
            {
                ["a_iommu_ops"] = GroupingKind.EachDevice,
                ["b_iommu_ops"] = GroupingKind.EachIommu,
                ["c_iommu_ops"] = GroupingKind.Own,
                ["d_iommu_ops"] = GroupingKind.DomainNode,
            },
            ignoreOrder: true);
        scan.Drivers.Single(driver => driver.Operations == "a_iommu_ops").DeviceGroup.ShouldBe("a_add_device");
        scan.Drivers.Single(driver => driver.Operations == "d_iommu_ops").DeviceGroup.ShouldBe("d_parse_domain");
        Folder("source-group-in-add-device").Drivers.Single().ShouldSatisfyAllConditions(
            driver => driver.Kind.ShouldBe(GroupingKind.EachDevice),
            driver => driver.DeviceGroupPlace.Line.ShouldBe(2),
            driver => driver.Compatibles.Single().Compatible.ShouldBe("board,iommu"));
    }

    [Fact]
    public void A_table_that_a_driver_searches_the_tree_with_does_not_bind_it_and_a_compatible_is_no_property()
    {
        var scan = Folder("source-scan");
        scan.Drivers.SelectMany(driver => driver.Compatibles).Select(compatible => compatible.Compatible).Order()
            .ShouldBe(["v,a-iommu", "v,b-iommu", "v,d-iommu"]);
        scan.Reads.Select(read => (read.Property, read.DecidesGroups, read.Function)).ShouldBe(
            [("domain-clients", true, "d_parse_domain"), ("v,smmu-enabled", false, "d_probe")]);
        scan.Boards.Single().Hosts.Single().Label.ShouldBe("pcie0");
        var driver = Driver("""
            static const struct of_device_id bus_match[] = { { .compatible = "v,bus" }, { } };
            static const struct of_device_id quirk_match[] = { { .compatible = "v,quirk-iommu" }, { } };
            static const struct of_device_id x_match[] = { { .compatible = "v,x-iommu" }, { } };
            static int x_probe(struct platform_device *pdev)
            {
            	for_each_matching_node(np, bus_match)
            		enable(np);
            	return of_match_node(quirk_match, pdev->dev.of_node) ? 1 : 0;
            }
            static const struct iommu_ops x_ops = { .device_group = generic_device_group, };
            static struct platform_driver x = { .driver = { .of_match_table = x_match, } };
            """);
        driver.Drivers.Single().Compatibles.Select(compatible => compatible.Compatible).ShouldBe(["v,x-iommu"]);
    }

    [Theory]
    [InlineData("#define NAME \"v,smmu-a\"\nstatic int f(void)\n{\n\treturn of_property_read_bool(np, NAME);\n}\n", "of_property_read_bool", "f")]
    [InlineData("static const char * const names[] = { \"v,smmu-a\", \"v,x\" };\nstatic int f(void)\n{\n\treturn of_property_read_bool(np, names[i]);\n}\n",
        "of_property_read_bool", "f")]
    [InlineData("static struct opt opts[] = {\n\t{ .bit = 1, .prop = \"v,smmu-a\" },\n\t{ 0, NULL },\n};\nstatic void g(void)\n{\n\tstruct opt *o;\n\n"
        + "\tfor (o = opts; o->prop; o++)\n\t\tif (of_property_read_bool(np, o->prop))\n\t\t\tuse(o);\n}\n", "of_property_read_bool", "g")]
    [InlineData("static bool has(struct device_node *np, const char *what)\n{\n\treturn of_find_property(np, what, NULL);\n}\n"
        + "static int f(void)\n{\n\treturn has(np, \"v,smmu-a\");\n}\n", "of_find_property", "f")]
    [InlineData("static int f(void)\n{\n\tif (of_property_read_u32(of_node_get(np), \"v,smmu-a\", &x))\n\t\treturn 1;\n}\n", "of_property_read_u32", "f")]
    [InlineData("static int f(void)\n{\n\treturn of_device_is_compatible(of_parse_phandle(np, \"iommus\", 0), \"v,smmu-a\");\n}\n", null, null)]
    [InlineData("static int f(void)\n{\n\treturn of_find_compatible_node(NULL, NULL, \"v,smmu-a\");\n}\n", null, null)]
    [InlineData("static int f(void)\n{\n\tconst char *n = \"v,smmu-a\";\n\n\treturn of_machine_is_compatible(n);\n}\n", null, null)]
    public void A_property_is_read_through_whatever_holds_its_name(string text, string? reader, string? function)
    {
        var read = Driver("/* iommu */\n" + text).Reads.SingleOrDefault(read => read.Property == "v,smmu-a");
        (read?.Reader, read?.Function).ShouldBe((reader, function));
    }

    [Theory]
    [InlineData("\treturn lookup(dev) ? : generic_device_group(dev);", "\tfor (i = 0; i < ARRAY_SIZE(t); i++)\n\t\tif (t[i].id == id)\n\t\t\treturn t[i].group;",
        GroupingKind.Own)]
    [InlineData("\treturn lookup(dev)->group;", "\treturn to_x(dev);", GroupingKind.EachIommu)]
    [InlineData("\treturn lookup(dev);", "\treturn iommu_group_ref_get(to_x(dev)->group);", GroupingKind.EachIommu)]
    [InlineData("\tstruct device *other = lookup(dev);\n\n\treturn other ? iommu_group_get(other) : iommu_group_alloc();",
        "\tlist_for_each_entry(d, &all, list)\n\t\tif (d->mmu == to_x(dev)->mmu)\n\t\t\treturn d->dev;", GroupingKind.EachIommu)]
    [InlineData("\tstruct device *other = lookup(dev);\n\n\treturn other ? iommu_group_get(other) : iommu_group_alloc();",
        "\tlist_for_each_entry(d, &all, list)\n\t\tif (d->stream == stream)\n\t\t\treturn d->dev;", GroupingKind.Own)]
    [InlineData("\tgroup = iommu_group_get(dev);\n\tif (group)\n\t\treturn group;\n\treturn lookup(dev);", "\treturn iommu_group_alloc();", GroupingKind.EachDevice)]
    public void A_function_that_the_grouping_one_calls_counts_as_its_own(string body, string helper, GroupingKind kind)
    {
        var scan = Driver($$"""
            /* iommu */
            static struct iommu_group *lookup(struct device *dev)
            {
            {{helper}}
            }
            static struct iommu_group *x_group(struct device *dev)
            {
            {{body}}
            }
            static const struct iommu_ops x_ops = { .device_group = x_group, };
            """);
        scan.Drivers.Single().Kind.ShouldBe(kind);
    }

    /// <summary>Debian's kernel source, where a test of the builds has left it. What each driver does was read in its source.</summary>
    [Theory]
    [InlineData("6.1")]
    [InlineData("6.12")]
    public void Of_Linux_s_own_drivers_it_tells_what_they_do(string version)
    {
        var tree = Path.Combine(
            Path.GetDirectoryName(DebianKernels.Folder)!, "test-sources", $"linux-source-{version}", ".work", $"linux-source-{version}", "tree");
        Assert.SkipUnless(Directory.Exists(tree), "needs the kernel source that the tests of builds unpack");
        var scan = SourceScan.Combine(
            Directory.EnumerateFiles(Path.Combine(tree, "drivers", "iommu"), "*.c", SearchOption.AllDirectories)
                .Select(file => SourceFileScan.Of(Path.GetRelativePath(tree, file), File.ReadAllBytes(file))).OfType<SourceFileScan>());
        // of a file of its own each, but for the SMMUs, whose operations have the same name
        var kinds = scan.Drivers.Where(driver => !driver.Place.File.Contains("v3", StringComparison.Ordinal))
            .ToDictionary(driver => driver.Operations, driver => driver.Kind);
        kinds["arm_smmu_ops"].ShouldBe(GroupingKind.StreamMatch);
        kinds["rk_iommu_ops"].ShouldBe(GroupingKind.EachIommu);
        kinds["ipmmu_ops"].ShouldBe(GroupingKind.EachIommu);
        kinds["exynos_iommu_ops"].ShouldBe(GroupingKind.EachDevice);
        kinds["tegra_smmu_ops"].ShouldBe(GroupingKind.Own);
        kinds["mtk_iommu_ops"].ShouldBe(GroupingKind.Own);
        kinds["apple_dart_iommu_ops"].ShouldBe(GroupingKind.Own);
        kinds["viommu_ops"].ShouldBe(GroupingKind.PciRules);
        kinds["qcom_iommu_ops"].ShouldBe(GroupingKind.EachDevice);
        scan.Drivers.Single(driver => driver.Operations == "tegra_smmu_ops").Compatibles.ShouldBeEmpty();
        scan.Reads.ShouldContain(read => read.Property == "calxeda,smmu-secure-config-access" && read.Function == "arm_smmu_impl_init");
        scan.Reads.ShouldNotContain(read => read.Property.Contains("smmu-v2", StringComparison.Ordinal) || read.Property.Contains("smmu-500", StringComparison.Ordinal));
    }
}
