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
    public void After_a_failure_no_other_target_runs()
    {
        Execute("After", "Breaks").ShouldBe("Breaks=Failed After=NotRun");
        _run.ExitCode.ShouldBe(1);
        _run.Output.ShouldContain("// InvalidOperationException: first line");
        _run.Output.ShouldContain("Build failed on ");
        _run.Output.ShouldNotContain("   at ");
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
    public void Skip_names_dependencies_that_do_not_run()
    {
        Execute("After", "--skip", "breaks").ShouldBe("Breaks=Skipped After=Succeeded");
        _run.Output.ShouldContain("Skipped: via parameter");
        _run.ExitCode.ShouldBe(0);
    }

    [Fact]
    public void Skip_does_not_skip_a_target_that_is_asked_for() =>
        Execute("Breaks", "After", "--skip", "breaks", "after").ShouldBe("Breaks=Failed After=NotRun");

    [Fact]
    public void Skip_without_names_skips_all_that_is_not_asked_for() =>
        Execute("After", "--skip").ShouldBe("Breaks=Skipped After=Succeeded");

    [Theory]
    [InlineData("Reports+Logs")]
    [InlineData("--target", "reports", "logs")]
    [InlineData("--target", "Logs+Reports")]
    public void Several_targets_can_be_named_in_every_form(params string[] arguments) =>
        Execute(arguments).ShouldBe("Reports=Succeeded Logs=Succeeded");

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
    public void The_build_is_initialized_after_its_parameters_are_set_and_before_a_target_runs()
    {
        _run.Execute<Build>("Breaks", "--word", "set")!.InitializedWith.ShouldBe("set");
        Execute("NeedsInitialization").ShouldBe("NeedsInitialization=Succeeded");
        _run.Execute<Build>("Breaks", "--plan")!.InitializedWith.ShouldBeNull();
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
        var messages = _run.Output.Split('\n').Where(line => line.EndsWith(" text", StringComparison.Ordinal) && line[0] != '[');
        string.Join(' ', messages.Select(line => line.Split('[', ']')[1])).ShouldBe(shown);
        _run[".nuke/temp/build.log"].Split("| Logs                 | text\n").Length.ShouldBe(1 + 5);
    }

    [Fact]
    public void Warnings_and_errors_are_repeated_below_all_else()
    {
        Execute("Logs");
        var repeated = _run.Output[_run.Output.IndexOf("Errors & Warnings", StringComparison.Ordinal)..];
        repeated.ShouldContain("[WRN] Logs: text\n[ERR] Logs: text\n");
    }

    [Fact]
    public void A_build_without_a_log_file_runs_all_the_same()
    {
        _run[".nuke/temp"] = "a file where the directory would be";
        Execute("Logs").ShouldBe("Logs=Succeeded");
        _run.ExitCode.ShouldBe(0);
    }

    private string Execute(params string[] arguments) =>
        string.Join(' ', _run.Execute<Build>(arguments)!.ExecutionPlan.Select(target => $"{target.Name}={target.Status}"));

    private sealed class Build : NukeBuild
    {
        [Parameter]
        private readonly string Word = "initial";

        public string? InitializedWith { get; private set; }

        private Target Breaks => _ => _.Executes(() => Assert.Fail("first line\nsecond line"));

        private Target After => _ => _.DependsOn(Breaks).Executes(() => { });

        private Target NeedsInitialization => _ => _.Executes(() => Assert.True(InitializedWith == "initial"));

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

        protected internal override void OnBuildInitialized() => InitializedWith = Word;
    }
}
