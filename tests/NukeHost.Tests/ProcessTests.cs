namespace NukeHost.Tests;

/// <summary>What a shell sees of a build.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("nukehost-");

    public ProcessTests() => _root.CreateSubdirectory(".nuke");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task Success_is_0_and_the_table_says_so()
    {
        var (exitCode, output, errors) = await RunAsync("Show", "--device", "virt", "--series", "a", "b", "c");
        exitCode.ShouldBe(0);
        output.ShouldStartWith("NukeHost 0.1.0 (");
        output.ShouldContain("\n╬═════════\n║ Show\n╬══\n");
        output.ShouldMatch(@"\n\d\d:\d\d:\d\d \[INF\] virt null False a\|b\|c\n");
        output.ShouldContain("\nShow               Succeeded     < 1sec   // Device: virt\n");
        output.ShouldMatch(@"\nBuild succeeded on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\n$");
        output.ShouldNotContain("\e[");
        errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Failure_is_1()
    {
        var (exitCode, output, _) = await RunAsync("AfterFail");
        exitCode.ShouldBe(1);
        output.ShouldContain("\nAfterFail          NotRun\n");
    }

    [Fact]
    public async Task An_exit_code_of_the_build_is_the_exit_code_of_the_process() => (await RunAsync("Code")).ExitCode.ShouldBe(42);

    [Fact]
    public async Task An_unknown_option_is_an_error_that_names_the_nearest()
    {
        var (exitCode, output, errors) = await RunAsync("Show", "--devise", "virt");
        exitCode.ShouldBe(2);
        output.ShouldBeEmpty();
        errors.ShouldBe("error KB9010: unknown option --devise\n  fix: did you mean --device? --help lists all options\n");
    }

    [Fact]
    public async Task Help_lists_targets_and_parameters()
    {
        var (exitCode, output, _) = await RunAsync("--help", "--no-logo");
        exitCode.ShouldBe(0);
        output.ShouldStartWith(
            "Targets (with their direct dependencies):\n\n  Nothing (default)\n    Does nothing.\n  Show                 -> Nothing\n");
        output.ShouldContain("\nParameters:\n\n  --device      The device to build for.\n");
        output.ShouldContain("  --target      Targets to run. Default is 'Nothing'.\n");
        output.ShouldContain("\n  Code\n");
    }

    [Fact]
    public async Task Plan_shows_the_order_and_the_reasons()
    {
        var (exitCode, output, _) = await RunAsync("AfterWait", "--plan", "--no-logo");
        exitCode.ShouldBe(0);
        output.ShouldBe(
            """
            Order of execution:

               1. Wait
               2. AfterWait

            Because of:

              AfterWait
              └── Wait

            """);
    }

    [Fact]
    public async Task Without_a_root_directory_there_is_no_build()
    {
        Directory.Delete(Path.Combine(_root.FullName, ".nuke"));
        var (exitCode, _, errors) = await RunAsync();
        exitCode.ShouldBe(2);
        errors.ShouldContain("there is no directory .nuke in ");
        (await RunAsync("--root", ".")).ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_signal_ends_the_running_target_and_the_build(string signal, int expected)
    {
        using var process = DummyProcess.Start(_root.FullName, "AfterWait");
        await process.WaitForLineAsync("Waiting");
        process.Signal(signal);
        var (exitCode, output, _) = await process.EndAsync();
        exitCode.ShouldBe(expected);
        output.ShouldMatch(@"\nWait               Aborted     +(< 1sec|0:\d\d)\n"); // on a busy machine a signal takes its time
        output.ShouldContain("\nAfterWait          NotRun\n");
        output.ShouldContain("\nBuild failed on ");
    }

    [Fact]
    public async Task A_second_interrupt_does_not_wait()
    {
        using var process = DummyProcess.Start(_root.FullName, "Deaf");
        await process.WaitForLineAsync("[INF] Waiting");
        process.Signal("INT");
        await process.WaitForLineAsync("Interrupted; waiting");
        process.Signal("INT");
        var (exitCode, output, _) = await process.EndAsync();
        exitCode.ShouldBe(130);
        output.ShouldNotContain("Build failed");
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = DummyProcess.Start(_root.FullName, arguments);
        return await process.EndAsync();
    }
}
