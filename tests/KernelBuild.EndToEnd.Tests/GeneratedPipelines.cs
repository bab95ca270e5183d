using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary><c>GenerateCI</c>: its files are read by the parsers of those who run them, and run.</summary>
[Collection(nameof(SlurmCluster))]
public sealed class GeneratedPipelines : IAsyncLifetime
{
    /// <summary>Reads a workflow as GitHub does; prints what is wrong, and the jobs.</summary>
    private const string ReadWorkflow = """
        import { registerHooks } from 'node:module';
        import fs from 'node:fs';
        registerHooks({ load: (url, context, next) => url.endsWith('.json')
            ? { format: 'module', shortCircuit: true, source: 'export default ' + fs.readFileSync(new URL(url)) } : next(url, context) });
        const parser = await import('@actions/workflow-parser');
        const file = { name: 'kernels.yml', content: fs.readFileSync(process.argv[2], 'utf8') };
        const { context, value } = parser.parseWorkflow(file, new parser.NoOperationTraceWriter());
        const workflow = await parser.convertWorkflowTemplate(context, value);
        for (const error of context.errors.getErrors()) console.log(error.message);
        for (const job of workflow.jobs) console.log(job.id.value + ' ' + job.steps.filter(step => step.uses).map(step => step.uses.value));
        """;

    private const string Actions =
        "actions/checkout@v4.2.2,actions/setup-dotnet@v4.3.1,actions/cache@v4.2.3,actions/cache@v4.2.3,"
        + "actions/upload-artifact@v4.6.2,github/codeql-action/upload-sarif@v3.28.18";

    private readonly MiniKernel _mini = new();

    public async ValueTask InitializeAsync() => await _mini.PublishAsync();

    public ValueTask DisposeAsync()
    {
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    [FactWith("npm:@actions/workflow-parser")]
    public async Task GitHubs_own_parser_reads_the_workflow()
    {
        await GenerateAsync("GitHubActions", "--series", "tune", "--boot");
        var workflow = _mini.PathOf(".github/workflows/kernels.yml");
        CiPrograms.Node(ReadWorkflow, workflow).Output.ShouldBe($"kernel {Actions}\npatches {Actions}\n");
        var damaged = File.ReadAllText(workflow).Replace("steps.host.outputs", "step.host.outputs", StringComparison.Ordinal);
        _mini.Write("damaged.yml", damaged);
        CiPrograms.Node(ReadWorkflow, _mini.PathOf("damaged.yml")).Output.ShouldContain("Unrecognized named-value: 'step'");
        _mini.Write("damaged.yml", File.ReadAllText(workflow).Replace("timeout-minutes", "timeout", StringComparison.Ordinal));
        CiPrograms.Node(ReadWorkflow, _mini.PathOf("damaged.yml")).Output.ShouldContain("Unexpected value 'timeout'");
    }

    [FactWith("npm:gitlab-ci-local", "rsync", "clang-19", "/usr/bin/python3", "junitparser")]
    public async Task A_runner_of_GitLab_pipelines_builds_the_kernel()
    {
        await GenerateAsync("GitLab", "--series", "tune");
        LocalNuke();
        Oracle.Git(_mini.Root, "init", "-q");
        Oracle.Git(_mini.Root, "add", "kernels", "patches", "nuke.sh", ".nuke", ".gitlab-ci.yml");
        Oracle.Git(_mini.Root, "commit", "-qm", "all");
        var (exitCode, output, errors) = RunGitLab("kernel:mini");
        exitCode.ShouldBe(0, output + errors);
        (output + errors).ShouldContain("json schema validated");
        File.Exists(Path.Combine(_mini.Artifacts, "boot.img")).ShouldBeTrue(output);
        File.Exists(_mini.PathOf(".work/mini/summary.md")).ShouldBeTrue(output);
        Oracle.Try(_mini.Root, "junitparser", "verify", "reports/junit.xml").ExitCode.ShouldBe(0);
        (exitCode, output, errors) = RunGitLab("patches:mini:tune");
        exitCode.ShouldBe(0, output + errors);
        File.Exists(_mini.PathOf("artifacts/patches/report.sarif")).ShouldBeTrue(output);
    }

    [FactWith("npm:gitlab-ci-local", "rsync")]
    public async Task GitLabs_schema_refuses_what_is_no_pipeline()
    {
        await GenerateAsync("GitLab");
        var damaged = File.ReadAllText(_mini.PathOf(".gitlab-ci.yml"))
            .Replace("interruptible: true", "interruptible: 7", StringComparison.Ordinal);
        _mini.Write(".gitlab-ci.yml", damaged);
        Oracle.Git(_mini.Root, "init", "-q");
        var (exitCode, output, errors) = RunGitLab("--list");
        exitCode.ShouldNotBe(0, output);
        (output + errors).ShouldContain("interruptible");
    }

    [FactWith("slurmctld", "slurmd", "munged", "sbatch", "clang-19")]
    public async Task Slurm_builds_each_cell_and_joins_the_reports()
    {
        await GenerateAsync("Slurm", "--series", "tune");
        LocalNuke();
        using var cluster = SlurmCluster.Start();
        var (exitCode, output, errors) = cluster.Run(_mini.Root, "slurm/kernels.sh");
        exitCode.ShouldBe(0, errors);
        var array = output.Split(' ')[0];
        var join = output.Trim().Split(' ')[1];
        cluster.WaitFor(join).ShouldBe("COMPLETED 0:0", ReadAll("artifacts/slurm"));
        var summary = File.ReadAllText(_mini.PathOf($"artifacts/slurm/{array}/summary.md"));
        summary.ShouldStartWith("| cell | exit code |\n| --- | --- |\n| kernel-mini | 0 |\n| patches | 0 |\n\n# kernel-mini\n\n| target |");
        File.Exists(_mini.PathOf($"artifacts/slurm/{array}/kernel-mini/findings.sarif")).ShouldBeTrue();
        File.Exists(Path.Combine(_mini.Artifacts, "boot.img")).ShouldBeTrue();

        // a cell that fails fails the joined job too, and the others are built
        _mini.Write("kernels/mini/mini.config", "CONFIG_FASTT=y\n");
        (_, output, _) = cluster.Run(_mini.Root, "slurm/kernels.sh");
        join = output.Trim().Split(' ')[1];
        cluster.WaitFor(join).ShouldBe("FAILED 1:0");
        File.ReadAllText(_mini.PathOf($"artifacts/slurm/{output.Split(' ')[0]}/summary.md")).ShouldContain("| kernel-mini | 1 |");
    }

    [Fact]
    public async Task Check_tells_when_a_pipeline_is_stale()
    {
        foreach (var host in (string[])["GitHubActions", "GitLab", "Slurm"])
        {
            await GenerateAsync(host);
        }

        var current = await Repository.RunAsync(_mini.NukeCommand("GenerateCI", "--check"));
        current.ExitCode.ShouldBe(0, current.Output);
        current.Output.ShouldContain("// Current: 3");
        _mini.Write("kernels/other/other.kernelproj", "<Project />");
        var stale = await Repository.RunAsync(_mini.NukeCommand("GenerateCI", "--check"));
        stale.ExitCode.ShouldBe(1, stale.Output);
        stale.Output.ShouldContain("slurm/kernels.sh: error KB9040: the pipeline is not what its command would write now\n"
            + "  fix: ./nuke.sh GenerateCI --host Slurm\n");
    }

    [Fact]
    public async Task A_pipeline_written_by_hand_stays()
    {
        _mini.Write(".gitlab-ci.yml", "job: { script: make }\n");
        var refused = await Repository.RunAsync(_mini.NukeCommand("GenerateCI", "--host", "GitLab"));
        refused.ExitCode.ShouldBe(1, refused.Output);
        refused.Output.ShouldContain("KB9041");
        File.ReadAllText(_mini.PathOf(".gitlab-ci.yml")).ShouldBe("job: { script: make }\n");
    }

    [Theory]
    [InlineData("there is no series 'absent'", "--host", "GitLab", "--series", "absent")]
    [InlineData("there is no series '../tune'", "--host", "GitLab", "--series", "../tune")]
    [InlineData("there is no device 'mimi'", "--host", "GitLab", "--devices", "mini,mimi")]
    [InlineData("GenerateCI needs to know for whom")]
    [InlineData("there is no generated pipeline to check", "--check")]
    public async Task What_is_asked_for_must_be_there(string message, params string[] arguments)
    {
        var refused = await Repository.RunAsync(_mini.NukeCommand(["GenerateCI", .. arguments]));
        refused.ExitCode.ShouldBe(2, refused.Output);
        refused.Output.ShouldContain(message);
    }

    /// <summary>The pipelines of this repository.</summary>
    [Fact]
    public async Task Our_own_are_current()
    {
        var check = await Repository.RunAsync(Repository.NukeScript, "GenerateCI", "--check");
        check.ExitCode.ShouldBe(0, check.Output);
    }

    private async Task GenerateAsync(string host, params string[] arguments)
    {
        var run = await Repository.RunAsync(_mini.NukeCommand(["GenerateCI", "--host", host, .. arguments]));
        run.ExitCode.ShouldBe(0, run.Output);
    }

    /// <summary>The build of this repository, in the place where a pipeline calls it.</summary>
    private void LocalNuke()
    {
        _mini.Write("nuke.sh", $"""
            #!/bin/sh
            export KERNELBUILD_CACHE='{_mini.Cache}'
            exec '{Repository.NukeScript}' "$@" --root '{_mini.Root}' --no-install

            """);
        File.SetUnixFileMode(_mini.PathOf("nuke.sh"), (UnixFileMode)0x1ed);
    }

    private (int ExitCode, string Output, string Errors) RunGitLab(params string[] arguments) => Oracle.Try(
        _mini.Root, CiPrograms.NodeProgram,
        [
            CiPrograms.PathOf("gitlab-ci-local/dist/index.js"), .. arguments, "--force-shell-executor", "--home", _mini.PathOf("home"),
            "--no-color",
        ]);

    private string ReadAll(string folder) => string.Join(
        '\n', Directory.EnumerateFiles(_mini.PathOf(folder), "*.log", SearchOption.AllDirectories).Select(File.ReadAllText));
}
