using Nuke.Common;
using Nuke.Common.Execution;
using Serilog;
using Assert = Nuke.Common.Assert;

namespace NukeHost.Tests;

[Collection(BuildsInThisProcess.Name)]
public sealed class ExecutionTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_failure_leaves_the_rest_undone_except_what_is_assured()
    {
        Execute("After", "Assured", "Breaks").ShouldBe("Breaks=Failed After=NotRun Assured=Succeeded");
        _run.ExitCode.ShouldBe(1);
        _run.Output.ShouldContain("// InvalidOperationException: first line");
        _run.Output.ShouldContain("Build failed on ");
        _run.Output.ShouldNotContain("   at ");
    }

    [Fact]
    public void A_failure_that_proceeds_lets_the_rest_run_and_fails_the_build()
    {
        Execute("Continues").ShouldBe("Proceeds=Failed Continues=Succeeded");
        _run.ExitCode.ShouldBe(1);
    }

    [Fact]
    public void The_stack_of_an_exception_is_in_the_log_file_and_shown_when_verbose()
    {
        Execute("Breaks", "--verbosity", "verbose");
        _run.Output.ShouldContain("   at ");
        Execute("Breaks");
        _run[".nuke/temp/build.log"].ShouldContain("   at ");
    }

    [Fact]
    public void A_static_condition_that_does_not_hold_skips_the_target_and_is_told_in_its_words()
    {
        Execute("Static", "After").ShouldBe("Breaks=Failed Static=Skipped After=NotRun");
        _run.Output.ShouldContain("// OnlyWhen: IsServerBuild");
    }

    [Fact]
    public void A_dynamic_condition_is_evaluated_when_the_turn_of_its_target_comes()
    {
        Execute("Dynamic").ShouldBe("Sets=Succeeded Dynamic=Succeeded");
        Execute("Dynamic", "--skip", "sets").ShouldBe("Sets=Skipped Dynamic=Skipped");
        _run.Output.ShouldContain("Skipped: via parameter");
        _run.ExitCode.ShouldBe(0);
    }

    [Fact]
    public void Skip_without_names_skips_all_that_is_not_asked_for() =>
        Execute("Continues", "--skip").ShouldBe("Proceeds=Skipped Continues=Succeeded");

    [Fact]
    public void A_condition_that_throws_fails_its_target() => Execute("Undecided").ShouldBe("Undecided=Failed");

    [Fact]
    public void A_target_without_actions_gets_no_row()
    {
        Execute("Collects").ShouldBe("Collects=Collective");
        _run.Output.ShouldNotContain("Collects");
        _run.ExitCode.ShouldBe(0);
    }

    [Fact]
    public void An_asynchronous_action_ends_before_its_target_does()
    {
        Execute("Asynchronous").ShouldBe("Asynchronous=Failed");
        _run.Output.ShouldContain("TimeoutException: late");
    }

    [Fact]
    public void An_exception_about_cancelling_is_a_failure_when_no_signal_came() => Execute("Cancels").ShouldBe("Cancels=Failed");

    [Fact]
    public void The_exit_code_that_the_build_sets_wins()
    {
        Execute("SetsExitCode");
        _run.ExitCode.ShouldBe(5);
    }

    [Fact]
    public void Events_are_raised_in_order()
    {
        _run.Execute<Build>("Breaks")!.Events.ShouldBe(["created", "initialized", "running Breaks", "failed Breaks", "finished"]);
        _run.Execute<Build>("Static")!.Events.ShouldBe(["created", "initialized", "skipped Static", "finished"]);
    }

    [Fact]
    public void Notes_of_a_target_stand_in_its_row()
    {
        Execute("Reports");
        _run.Output.ShouldContain("Reports            Succeeded     < 1sec   // Groups: 7, Kernel: 6.1\n");
    }

    [Theory]
    [InlineData("verbose", "VRB DBG INF WRN ERR")]
    [InlineData("normal", "DBG INF WRN ERR")]
    [InlineData("minimal", "WRN ERR")]
    [InlineData("quiet", "ERR")]
    public void Verbosity_says_how_much_of_the_log_the_console_shows(string verbosity, string shown)
    {
        Execute("Logs", "--verbosity", verbosity);
        string.Join(' ', _run.Output.Split('\n').Where(line => line.Contains(':', StringComparison.Ordinal) && line.EndsWith(" text", StringComparison.Ordinal) && line[0] != '[')
            .Select(line => line.Split('[', ']')[1])).ShouldBe(shown);
        _run[".nuke/temp/build.log"].Split('\n').Count(line => line.EndsWith("| Logs                 | text", StringComparison.Ordinal)).ShouldBe(5);
    }

    [Fact]
    public void Warnings_and_errors_are_repeated_below_all_else()
    {
        Execute("Logs");
        _run.Output[_run.Output.IndexOf("Errors & Warnings", StringComparison.Ordinal)..].ShouldContain("[WRN] Logs: text\n[ERR] Logs: text\n");
    }

    [Fact]
    public void Five_dated_logs_are_kept()
    {
        Directory.CreateDirectory(Path.Combine(_run.Root, ".nuke", "temp"));
        for (var day = 1; day <= 9; day++)
        {
            _run[$".nuke/temp/build.2020-01-0{day}_00-00-00.log"] = "";
        }

        Execute("Logs");
        var kept = Directory.GetFiles(Path.Combine(_run.Root, ".nuke", "temp"), "build.20*.log").Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList();
        kept.Count.ShouldBe(5);
        kept[0].ShouldBe("build.2020-01-06_00-00-00.log");
    }

    private string Execute(params string[] arguments) =>
        string.Join(' ', _run.Execute<Build>(arguments)!.ExecutionPlan.Select(target => $"{target.Name}={target.Status}"));

    private sealed class Build : NukeBuild
    {
        private bool _isSet;

        public List<string> Events { get; } = [];

        private Target Breaks => _ => _.Executes(() => Assert.Fail("first line\nsecond line"));

        private Target Static => _ => _.OnlyWhenStatic(() => IsServerBuild).Executes(() => { });

        private Target After => _ => _.DependsOn(Breaks).Executes(() => { });

        private Target Assured => _ => _.AssuredAfterFailure().Executes(() => { });

        private Target Proceeds => _ => _.ProceedAfterFailure().Executes(() => Assert.True(_isSet));

        private Target Continues => _ => _.DependsOn(Proceeds).Executes(() => { });

        private Target Sets => _ => _.Executes(() => { _isSet = true; });

        private Target Dynamic => _ => _.DependsOn(Sets).OnlyWhenDynamic(() => _isSet).Executes(() => { });

        private Target Undecided => _ => _.OnlyWhenStatic(() => Events.First(name => name == "nothing").Length > 0).Executes(() => { });

        private Target Collects => _ => _.Description("No work of its own");

        private Target Asynchronous => _ => _.Executes(async () =>
        {
            await Task.Delay(20);
            throw new TimeoutException("late");
        });

        private Target Cancels => _ => _.Executes(() => throw new OperationCanceledException());

        private Target SetsExitCode => _ => _.Executes(() => { ExitCode = 5; });

        private Target Reports => _ => _.Executes(() => ReportSummary(notes =>
        {
            notes["Groups"] = "7";
            notes["Kernel"] = "6.1";
            return notes;
        }));

        private Target Logs => _ => _.Executes(() =>
        {
            Log.Verbose("text");
            Log.Debug("text");
            Log.Information("text");
            Log.Warning("text");
            Log.Error("text");
        });

        protected internal override void OnBuildCreated() => Events.Add("created");

        protected internal override void OnBuildInitialized() => Events.Add("initialized");

        protected internal override void OnBuildFinished() => Events.Add("finished");

        protected internal override void OnTargetRunning(string target) => Events.Add("running " + target);

        protected internal override void OnTargetSkipped(string target) => Events.Add("skipped " + target);

        protected internal override void OnTargetFailed(string target) => Events.Add("failed " + target);
    }
}
