using System.Text.Json;
using System.Text.RegularExpressions;
using KernelBuild.Host.Processes;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>A build as a job of a CI service: what the service reads of it.</summary>
public sealed partial class OnACiService : IAsyncLifetime
{
    private readonly MiniKernel _mini = new();

    public async ValueTask InitializeAsync() => await _mini.PublishAsync();

    public ValueTask DisposeAsync()
    {
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    private string Summary => File.ReadAllText(_mini.PathOf("step-summary.md"));

    /// <summary>With the variables of a job of GitHub Actions.</summary>
    private Task<RunResult> OnGitHubAsync(params string[] arguments) => Repository.RunAsync(_mini.NukeCommand(arguments)
        .WithEnvironment("NUKE_HOST", "")
        .WithEnvironment("GITHUB_ACTIONS", "true")
        .WithEnvironment("GITHUB_WORKSPACE", _mini.Root)
        .WithEnvironment("GITHUB_STEP_SUMMARY", _mini.PathOf("step-summary.md"))
        .WithEnvironment("GITHUB_SERVER_URL", "https://example.org")
        .WithEnvironment("GITHUB_REPOSITORY", "owner/name")
        .WithEnvironment("GITHUB_SHA", "0123abc"));

    [FactWith("clang-19", "npm:@actions/core")]
    public async Task A_finding_is_the_annotation_that_GitHubs_own_library_writes()
    {
        _mini.Write("kernels/mini/mini.config", "CONFIG_FAST=y\nCONFIG_FASTT=y\n");
        Directory.CreateDirectory(_mini.PathOf("docs/codes"));
        _mini.Write("docs/codes/KB3003.md", "# KB3003\n");
        var failed = await OnGitHubAsync("BuildKernel", "--device", "mini");
        failed.ExitCode.ShouldBe(1, failed.Output);
        var ours = failed.Output.Split('\n').Where(line => line.StartsWith("::error", StringComparison.Ordinal)).ShouldHaveSingleItem();
        ours.ShouldStartWith("::error title=KB3003,file=kernels/mini/mini.config,line=2::");
        var message = ours[(ours.IndexOf("::", 2, StringComparison.Ordinal) + 2)..]
            .Replace("%0A", "\n", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal);
        var (exitCode, theirs, errors) = CiPrograms.Node(
            """
            import * as core from '@actions/core';
            core.error(process.argv[2], { title: 'KB3003', file: 'kernels/mini/mini.config', startLine: 2 });
            """,
            message);
        exitCode.ShouldBe(0, errors);
        ours.ShouldBe(theirs.Trim());
        Summary.ShouldContain(
            "| error | [KB3003](https://example.org/owner/name/blob/0123abc/docs/codes/KB3003.md) | <code>kernels/mini/mini.config:2</code> |");
        Summary.ShouldContain("| BuildKernel | Failed |");
        Summary.ShouldContain("There is no finished build.");
    }

    [FactWith("clang-19")]
    public async Task A_build_is_groups_and_a_summary_and_a_patch_gives_no_command()
    {
        var patch = MiniKernel.Patch(10, 11).Replace(
            "[PATCH] one: tune", "[PATCH] ::error file=x::not ours ##[warning]nor this <b>|@somebody", StringComparison.Ordinal);
        _mini.Write("patches/tune/0001-tune.patch", patch);
        _mini.Write("kernels/mini/mini.kernelproj", MiniKernel.Project("", """
            <Target Name="Say" BeforeTargets="CompileKernel">
              <Message Importance="high" Text="a line%0A::error::of the project ##[error]too" />
            </Target>
            """));
        var built = await OnGitHubAsync("BuildKernel", "--device", "mini");
        built.ExitCode.ShouldBe(0, built.Output);
        var commands = built.Output.Split('\n').Where(line =>
            line.TrimStart().StartsWith("::", StringComparison.Ordinal) || line.Contains("##[", StringComparison.Ordinal));
        commands.ShouldBe(
            [
                "::group::BuildKernel", "::endgroup::",
                .. ((string[])["fetch", "patch", "check out", "configure", "compile", "pack", "manifest"])
                    .SelectMany(stage => (string[])["::group::" + stage, "::endgroup::"]),
            ]);
        built.Output.ShouldContain("a line\n: :error::of the project # #[error]too");
        Summary.ShouldContain("| target | status | time |\n| --- | --- | --- |\n| BuildKernel | Succeeded | ");
        // git takes colons before a subject away
        Summary.Split('\n').ShouldContain(
            "| tune | 0001-tune.patch | error file=x::not ours ##&#91;warning&#93;nor this &lt;b&gt;&#124;&#64;somebody | applied |");
        Summary.ShouldContain("| <code>boot.img</code> | ");
        File.ReadAllText(_mini.PathOf(".work/mini/summary.md")).ShouldBe(Summary);
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_mini.Artifacts, "manifest.json")));
        Summary.ShouldContain(manifest.RootElement.GetProperty("source").GetProperty("patchedCommit").GetString()!);
    }

    [FactWith("clang-19", SarifValidator.Package, "/usr/bin/python3", "junitparser")]
    public async Task A_build_is_a_log_of_SARIF_and_cases_of_JUnit_with_their_times()
    {
        string[] reports = ["--sarif", _mini.PathOf("log.sarif"), "--junit", _mini.PathOf("log.xml")];
        _mini.Write("patches/tune/0001-tune.patch", MiniKernel.Patch(99, 11));
        (await _mini.BuildAsync(reports)).ExitCode.ShouldBe(1);
        SarifValidator.Errors(_mini.PathOf("log.sarif")).ShouldBeEmpty();
        var run = JsonElement.Parse(File.ReadAllText(_mini.PathOf("log.sarif"))).GetProperty("runs")[0];
        run.GetProperty("automationDetails").GetProperty("id").GetString().ShouldBe("BuildKernel mini/");
        var location = run.GetProperty("results")[0].GetProperty("locations")[0].GetProperty("physicalLocation");
        location.GetProperty("artifactLocation").GetProperty("uri").GetString().ShouldBe("patches/tune/0001-tune.patch");
        location.GetProperty("region").GetProperty("startLine").GetInt32().ShouldBeGreaterThan(5);
        const string script = """
            import junitparser
            for suite in junitparser.JUnitXml.fromfile('log.xml'):
                for case in suite:
                    print(case.name, '+' if case.time > 0 else '0', [type(r).__name__ + ' ' + r.type for r in case.result])
            """;
        Oracle.Text(_mini.Root, "/usr/bin/python3", "-c", script).Split('\n').ShouldBe(
            ["BuildKernel: fetch + []", "BuildKernel: patch + ['Failure KB2004']", "BuildKernel + ['Failure Failed']"]);
        _mini.Write("patches/tune/0001-tune.patch", MiniKernel.Patch(10, 11));
        (await _mini.BuildAsync(reports)).ExitCode.ShouldBe(0);
        SarifValidator.Errors(_mini.PathOf("log.sarif")).ShouldBeEmpty();
        Oracle.Text(_mini.Root, "/usr/bin/python3", "-c", script).Split('\n').Length.ShouldBe(8);
        Oracle.Try(_mini.Root, "junitparser", "verify", "log.xml").ExitCode.ShouldBe(0);
    }

    [FactWith("clang-19", "ccache")]
    public async Task The_summary_counts_what_the_compiler_cache_answered_as_ccache_counts_it()
    {
        _mini.Write(
            "kernels/mini/mini.kernelproj",
            MiniKernel.Project("", "").Replace("<CompilerCache>false", "<CompilerCache>true", StringComparison.Ordinal));
        (await OnGitHubAsync("BuildKernel", "--device", "mini")).ExitCode.ShouldBe(0);
        Summary.ShouldContain("Compiler cache in the last compilation: 0 hits, 2 misses (0 %).");
        Directory.Delete(_mini.PathOf(".work"), recursive: true);
        (await OnGitHubAsync("BuildKernel", "--device", "mini")).ExitCode.ShouldBe(0);
        Summary.ShouldContain("Compiler cache in the last compilation: 2 hits, 0 misses (100 %).");
        Oracle.Text(
            _mini.Root, "env", "CCACHE_STATSLOG=" + _mini.PathOf(".work/mini/ccache.log"), "ccache", "--show-log-stats", "-v")
            .ShouldMatch(@"Hits: +2 / +2 \(100");
    }

    [FactWith("clang-19")]
    public async Task GitLab_has_a_section_for_each_target_and_stage()
    {
        var built = await Repository.RunAsync(_mini.NukeCommand("BuildKernel", "--device", "mini")
            .WithEnvironment("NUKE_HOST", "").WithEnvironment("GITLAB_CI", "true").WithEnvironment("GITHUB_ACTIONS", ""));
        built.ExitCode.ShouldBe(0, built.Output);
        var sections = Section().Matches(built.Output.Replace("\n\e[0K", "\r\e[0K", StringComparison.Ordinal));
        sections.Select(section => section.Groups[1].Value + " " + section.Groups[3].Value).ShouldBe(
            [
                "start buildkernel_1", "start fetch_2", "end fetch_2", "start patch_3", "end patch_3", "start check_out_4",
                "end check_out_4", "start configure_5", "end configure_5", "start compile_6", "end compile_6", "start pack_7", "end pack_7",
                "start manifest_8", "end manifest_8", "end buildkernel_1",
            ]);
    }

    /// <summary>GitLab, lib/gitlab/regex.rb, build_trace_section_regex.</summary>
    [GeneratedRegex("section_((?:start)|(?:end)):(\\d+):([a-zA-Z0-9_.-]+)(\\[(?:\\w+=\\w+)(?:, ?(?:\\w+=\\w+))*\\])?\\r\\e\\[0K")]
    private static partial Regex Section();
}
