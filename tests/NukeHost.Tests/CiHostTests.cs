using System.Text.RegularExpressions;
using Nuke.Common;
using Nuke.Common.CI.GitHubActions;
using Serilog;
using Assert = Nuke.Common.Assert;

namespace NukeHost.Tests;

/// <summary>The log on a CI service: what it takes as a command is what the build meant as one.</summary>
[Collection(BuildsInThisProcess.Name)]
public sealed partial class CiHostTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("GITHUB_ACTIONS", "true", "GitHubActions")]
    [InlineData("GITHUB_ACTIONS", "", "Terminal")]
    [InlineData("GITLAB_CI", "true", "GitLab")]
    [InlineData("SLURM_JOB_ID", "7", "Slurm")]
    [InlineData("CI", "true", "Terminal")]
    public void The_environment_tells_the_host(string variable, string value, string host)
    {
        _run.Environment[variable] = value;
        _run.Execute<Build>("Quiet");
        NukeBuild.Host.ToString().ShouldBe(host);
        _run.Execute<Build>("Quiet", "--host", "terminal");
        NukeBuild.Host.ToString().ShouldBe("Terminal");
    }

    [Fact]
    public void A_target_is_a_group_of_GitHub()
    {
        Commands("Quiet", "Foreign").ShouldBe(["group Quiet", "endgroup ", "group Foreign", "endgroup "]);
        _run.Output.ShouldNotContain("║ Quiet");
    }

    [Fact]
    public void A_group_within_a_target_ends_that_of_the_target() =>
        Commands("Stages").ShouldBe(["group Stages", "endgroup ", "group fetch", "endgroup ", "group patch", "endgroup "]);

    [Fact]
    public void A_command_has_its_special_characters_escaped()
    {
        Commands("Explain");
        _run.Output.ShouldContain("\n::notice file=a%2Cb.c,title=x%3Ay%25z%0A::100%25%0D%0Aof: it, all\n");
    }

    [Fact]
    public void What_others_say_is_no_command()
    {
        Commands("Foreign").ShouldBe(["group Foreign", "endgroup "]);
        _run.Output.ShouldContain(": :error::first");
        _run.Output.ShouldContain("# #[error]third");
    }

    /// <summary>GitLab's rule: lib/gitlab/regex.rb, build_trace_section_regex.</summary>
    [Fact]
    public void A_target_is_a_section_of_GitLab_and_others_make_none()
    {
        _run.Execute<Build>("Foreign", "--host", "GitLab");
        Section().Matches(_run.Output).Select(section => $"{section.Groups[1].Value} {section.Groups[3].Value}")
            .ShouldBe(["start foreign_1", "end foreign_1"]);
        var began = long.Parse(Section().Match(_run.Output).Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture);
        (DateTimeOffset.UtcNow.ToUnixTimeSeconds() - began).ShouldBeInRange(0, 60);
    }

    [Fact]
    public void A_target_that_throws_is_an_error_of_GitHub_and_one_that_has_said_why_is_no_second()
    {
        Commands("Breaks").ShouldBe(["group Breaks", "error The reason%0Aand more", "endgroup "]);
        Commands("SaysWhy").ShouldBe(["group SaysWhy", "error because", "endgroup "]);
    }

    [Fact]
    public void A_wrong_command_line_is_an_error_of_GitHub()
    {
        _run.Environment["GITHUB_ACTIONS"] = "true";
        _run.Execute<Build>("Quiet", "--hots", "GitHubActions");
        _run.ExitCode.ShouldBe(2);
        _run.Output.ShouldBe("::error title=KB9010::unknown option --hots%0A  fix: did you mean --host? --help lists all options\n");
    }

    [Fact]
    public void Colours_are_shown_where_the_host_shows_them()
    {
        using var output = new StringWriter();
        var console = new Nuke.Common.Output.BuildConsole(output, output, hasColours: false, allowsColours: true);
        console.Line("a", Nuke.Common.Output.Tone.Bad);
        console.Host = new GitHubActions(console);
        console.Line("b", Nuke.Common.Output.Tone.Bad);
        output.ToString().ShouldBe("a\n\e[31mb\e[0m\n");
    }

    /// <summary>The commands that GitHub's runner finds in the output, one a line: name and message.</summary>
    private string[] Commands(params string[] arguments)
    {
        _run.Execute<Build>([.. arguments, "--host", "GitHubActions"]);
        return [.. _run.Output.Split('\n', '\r').Select(Command).OfType<string>()];
    }

    /// <summary>The runner's rule: actions/runner, src/Runner.Common/ActionCommand.cs, TryParseV2 and then TryParse.</summary>
    private static string? Command(string line) =>
        line.TrimStart() is var text && text.StartsWith("::", StringComparison.Ordinal)
            && text.IndexOf("::", 2, StringComparison.Ordinal) is > 0 and var end
            ? $"{text[2..end].Split(' ')[0]} {text[(end + 2)..]}"
        : line.IndexOf("##[", StringComparison.Ordinal) is >= 0 and var at && line.IndexOf(']', at) is > 0 and var close
            ? $"{line[(at + 3)..close]} {line[(close + 1)..]}"
        : null;

    [GeneratedRegex("section_((?:start)|(?:end)):(\\d+):([a-zA-Z0-9_.-]+)(\\[(?:\\w+=\\w+)(?:, ?(?:\\w+=\\w+))*\\])?\\r\\e\\[0K")]
    private static partial Regex Section();

    private sealed class Build : NukeBuild
    {
        private Target Quiet => _ => _.Executes(() => { });

        private Target Breaks => _ => _.Executes(() => Assert.Fail("The reason\nand more"));

        private Target SaysWhy => _ => _.Executes(() =>
        {
            GitHubActions.Instance!.WriteCommand("error", "because");
            Assert.Fail("failed");
        });

        private Target Explain => _ => _.Executes(() => GitHubActions.Instance!.WriteCommand(
            "notice", "100%\r\nof: it, all", properties =>
            {
                properties["file"] = "a,b.c";
                properties["title"] = "x:y%z\n";
                return properties;
            }));

        private Target Stages => _ => _.Executes(() =>
        {
            GitHubActions.Instance!.Group("fetch");
            GitHubActions.Instance!.Group("patch");
            GitHubActions.Instance!.EndGroup("patch");
            Log.Information("after it");
        });

        private Target Foreign => _ => _.Executes(() =>
        {
            Log.Information("a patch\n::error::first\n \t::warning file=x::second\r::stop-commands::x");
            Log.Warning("it says ##[error]third");
            Log.Information("\e[0Ksection_start:1:x\r\e[0Kx");
        });
    }
}
