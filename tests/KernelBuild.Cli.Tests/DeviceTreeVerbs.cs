using System.Text.Json;
using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.Cli.Tests;

public sealed class DeviceTreeVerbs : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kernelbuild-cli-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_tree_is_shown_as_source_and_as_JSON()
    {
        var file = Save("board.dtb", Board());

        var run = CommandRun.Of("dt", "show", file);
        run.ExitCode.ShouldBe(0);
        run.Output.ShouldContain("/dts-v1/;");
        run.Output.ShouldContain("iommus = <&{/iommu@1} 0x5>;");
        CommandRun.Of("dt", "show", file, "--node", "/dev").Output.ShouldNotContain("/dts-v1/");

        using var document = JsonDocument.Parse(CommandRun.Of("dt", "show", file, "--json").Output);
        document.RootElement.GetProperty("formatVersion").GetInt32().ShouldBe(1);
        var tree = document.RootElement.GetProperty("trees")[0];
        tree.GetProperty("version").GetInt32().ShouldBe(17);
        var dev = tree.GetProperty("root").GetProperty("children")[1];
        dev.GetProperty("path").GetString().ShouldBe("/dev@2");
        dev.GetProperty("properties")[0].GetProperty("strings")[0].GetString().ShouldBe("vendor,dev");
        dev.GetProperty("properties")[1].GetProperty("cells")[1].GetInt32().ShouldBe(5);
    }

    [Fact]
    public void Edits_are_made_in_the_order_delete_add_set()
    {
        var file = Save("board.dtb", Board());
        var output = PathOf("out.dtb");

        var run = CommandRun.Of(
            "dt", "edit", file, "-o", output, "--delete-node", "/iommu@1", "--add-node", "/iommu@1", "--set", "/iommu@1:phandle=<1>",
            "--set", "/dev@2:status=\"okay\"", "--delete-property", "/dev@2:compatible");

        run.ExitCode.ShouldBe(0, run.Errors);
        run.Errors.ShouldContain("warning KB6008: /dev@2:iommus still refers to the deleted node /iommu@1");
        CommandRun.Of("dt", "diff", file, output).Output.ReplaceLineEndings("\n").ShouldBe(
            "- /iommu@1:#iommu-cells = <0x1>;\n- /dev@2:compatible = \"vendor,dev\";\n- /dev@2:iommus = <&{/iommu@1} 0x5>;\n+ "
            + "/dev@2:iommus = <0x1 0x5>;\n+ /dev@2:status = \"okay\";\n");
        CommandRun.Of("dt", "diff", file, output).ExitCode.ShouldBe(1);
        CommandRun.Of("dt", "diff", file, file).ExitCode.ShouldBe(0);
        Directory.GetFiles(_directory).Length.ShouldBe(2, "no temporary file is left");
    }

    [Fact]
    public void An_overlay_is_applied_or_refused_with_names()
    {
        var file = Save("board.dtb", Board());
        var output = PathOf("out.dtb");
        var good = Save("good.dtbo", Overlay("/dev"));
        var bad = Save("bad.dtbo", Overlay("/devv"));

        CommandRun.Of("dt", "apply", file, good, "--output", output).ExitCode.ShouldBe(0);
        CommandRun.Of("dt", "show", output, "--node", "/dev").Output.ShouldContain("brought");
        File.Delete(output);

        var run = CommandRun.Of("dt", "apply", file, good, bad, "--output", output, "--json");
        run.ExitCode.ShouldBe(1);
        File.Exists(output).ShouldBeFalse();
        using var document = JsonDocument.Parse(run.Output);
        document.RootElement.GetProperty("findings")[0].GetProperty("code").GetString().ShouldBe("KB6010");
        document.RootElement.GetProperty("size").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public void What_cannot_be_read_or_written_is_exit_code_2_and_what_is_no_tree_1()
    {
        CommandRun.Of("dt", "show", PathOf("missing.dtb")).ExitCode.ShouldBe(2);
        CommandRun.Of("dt", "show", Save("text", "no tree"u8.ToArray())).Errors.ShouldContain("error KB6001");
        CommandRun.Of("dt", "show", PathOf("text")).ExitCode.ShouldBe(1);
        CommandRun.Of("dt", "edit", Save("board.dtb", Board()), "-o", PathOf("no/such/folder"), "--set", "/dev@2:x=").ExitCode.ShouldBe(2);
        CommandRun.Of("dt", "edit", PathOf("board.dtb"), "-o", PathOf("out.dtb"), "--set", "nonsense").ExitCode.ShouldBe(2);
        CommandRun
            .Of("dt", "edit", PathOf("board.dtb"), "-o", PathOf("out.dtb"), "--set", "/dev@2:x=okay").Errors
            .ShouldContain("error KB6013");
    }

    private static byte[] Board() => new DeviceTree
    {
        Root = new DeviceTreeNode("")
        {
            Children =
            [
                new DeviceTreeNode("iommu@1")
                {
                    Properties = [DeviceTreeProperty.FromCells("#iommu-cells", 1), DeviceTreeProperty.FromCells("phandle", 1)],
                },
                new DeviceTreeNode("dev@2")
                {
                    Properties = [DeviceTreeProperty.FromStrings("compatible", "vendor,dev"), DeviceTreeProperty.FromCells("iommus", 1, 5)],
                },
            ],
        },
    }.ToArray();

    private static byte[] Overlay(string path) => new DeviceTree
    {
        Root = new DeviceTreeNode("")
        {
            Children =
            [
                new DeviceTreeNode("fragment@0")
                {
                    Properties = [DeviceTreeProperty.FromStrings("target-path", path)],
                    Children = [new DeviceTreeNode("__overlay__") { Properties = [DeviceTreeProperty.Empty("brought")] }],
                },
            ],
        },
    }.ToArray();

    private string PathOf(string name) => Path.Combine(_directory, name);

    private string Save(string name, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }
}
