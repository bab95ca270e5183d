using KernelBuild.BuildConfigs;
using KernelBuild.Device;
using KernelBuild.Git.Objects;
using KernelBuild.Stages;

namespace KernelBuild.Tests.BuildConfigs;

/// <summary>When the files are sourced, and what is said then.</summary>
public sealed class SourcedOnce : IDisposable
{
    private readonly BuildConfigTree _tree = new();
    private int _runs;

    public void Dispose() => _tree.Dispose();

    private async Task<SourcedBuildConfig> RunAsync(DeviceBuild device, char tree = '1')
    {
        var stage = new BuildConfigStage(
            device,
            _ =>
            {
                _runs++;
                return _tree.ToolsAsync(device);
            },
            StageRecords.Load(_tree.Bench["records.json"]),
            _tree.Bench.Log);
        return await stage.RunAsync(GitObjectId.Parse(new string(tree, 40)), CancellationToken.None);
    }

    [FactWith("bash")]
    public async Task Nothing_is_sourced_when_neither_tree_nor_project_have_changed()
    {
        _tree.Write("build.config", "DEFCONFIG=gki_defconfig\n");
        var own = _tree.Bench.Files.Write("kernels/demo/build.config.own", "A=1\n");
        var device = _tree.Device("build.config", own);
        var first = await RunAsync(device);
        var lines = _tree.Bench.Log.Lines.ToArray();
        lines.ShouldContain("  taken: DEFCONFIG (gki_defconfig) as Defconfig");
        (await RunAsync(device)).Variables.ShouldBe(first.Variables);
        (_runs, _tree.Bench.Log.Lines.Count).ShouldBe((1, lines.Length));
        await RunAsync(device, tree: '2');
        await RunAsync(device with { KernelImage = "Image.gz" }, tree: '2');
        File.WriteAllText(own, "A=2\n");
        (await RunAsync(device with { KernelImage = "Image.gz" }, tree: '2'))["A"].ShouldBe("2");
        _runs.ShouldBe(4);
    }
}
