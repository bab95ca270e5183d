using System.Text.Json;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>Matrix on Slurm itself: two nodes, and what administrators do to jobs.</summary>
[Collection(nameof(SlurmCluster))]
public sealed class MatrixOnSlurm : IAsyncLifetime
{
    private readonly MiniKernel _mini = new();

    public async ValueTask InitializeAsync()
    {
        // a compiler that takes a while, so that a job can be caught at work
        var makefile = _mini.PathOf("source/Makefile");
        File.WriteAllText(makefile, File.ReadAllText(makefile)
            .Replace("\t@cp $@ $(O)/vmlinux", "\t@sleep 4; cp $@ $(O)/vmlinux", StringComparison.Ordinal));
        foreach (var number in Enumerable.Range(1, 3))
        {
            _mini.Write($"patches/p{number}/series", "0001-tune.patch\n");
            _mini.Write($"patches/p{number}/0001-tune.patch", MiniKernel.Patch(10, 100 + number));
        }

        await _mini.PublishAsync();
    }

    public ValueTask DisposeAsync()
    {
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    [FactWith("slurmctld", "slurmd", "munged", "sbatch", "clang-19")]
    public async Task A_drained_node_a_cancelled_task_and_a_requeued_one_lose_no_cell_and_build_none_twice()
    {
        using var cluster = SlurmCluster.Start(nodes: 2);
        var run = MatrixAsync(cluster.Configuration);
        var running = await cluster.UntilRunningAsync(2);
        // one task is ended for good, the other put back into the queue; and its node takes no more work
        cluster.Control("update", "NodeName=node2", "State=DRAIN", "Reason=test");
        cluster.Run(_mini.Root, "scancel", running[0]).ExitCode.ShouldBe(0);
        cluster.Control("requeue", running[1]);
        var matrix = await run;
        matrix.ExitCode.ShouldBe(0, matrix.Output + Logs());
        cluster.Control("update", "NodeName=node2", "State=RESUME");
        Verdicts().ShouldBe(["built", "built", "built", "built"], matrix.Output + Logs());
        Directory.GetFiles(_mini.PathOf("store/entries")).Length.ShouldBe(4);

        var second = await MatrixAsync(cluster.Configuration);
        second.ExitCode.ShouldBe(0, second.Output);
        Verdicts().ShouldBe(["fetched", "fetched", "fetched", "fetched"]);
        second.Output.ShouldNotContain("submitted");
    }

    private Task<RunResult> MatrixAsync(string configuration) => Repository.RunAsync(_mini.NukeCommand(
            "Matrix", "--devices", "mini", "--series", "none,p1,p2,p3", "--executor", "slurm", "--jobs", "1",
            "--store", _mini.PathOf("store"))
        .WithEnvironment("SLURM_CONF", configuration));

    private string[] Verdicts() =>
    [
        .. JsonElement.Parse(File.ReadAllText(_mini.PathOf("artifacts/matrix/report.json"))).GetProperty("cells").EnumerateArray()
            .Select(cell => cell.GetProperty("verdict").GetString()!),
    ];

    private string Logs() => string.Join('\n', Directory.EnumerateFiles(_mini.PathOf(".work/matrix"), "*.log", SearchOption.AllDirectories)
        .Select(file => $"\n{Path.GetFileName(file)}:\n{File.ReadAllText(file)}"));
}
