using System.Diagnostics;
using System.Globalization;
using KernelBuild.Host.Processes;

namespace KernelBuild.Host.Tests.Processes;

public sealed class InterruptedCommands : IDisposable
{
    /// <summary>A child and a grandchild that take no notice of signals, each leaving its id.</summary>
    private const string Stubborn =
        "sh -c 'trap \"\" TERM INT; echo $$ > \"$1/grandchild\"; while :; do sleep 1; done' x \"$1\" & echo $$ > \"$1/child\"; wait";

    private readonly TestFolder _folder = new();

    private int ReadId(string name) => int.Parse(File.ReadAllText(_folder[name]), CultureInfo.InvariantCulture);

    private bool Has(string name) => File.Exists(_folder[name]) && File.ReadAllText(_folder[name]).EndsWith('\n');

    private Command Group(string script) =>
        new Command("sh") { CancelGracePeriod = TimeSpan.FromMilliseconds(300) }.WithArguments("-c", script, "x", _folder.Path);

    [Fact]
    public async Task Cancellation_ends_grandchildren_that_ignore_SIGTERM()
    {
        using var cancellation = new CancellationTokenSource();
        var run = Group(Stubborn).RunAsync(cancellation.Token);
        await DummyProgram.UntilAsync(() => Has("grandchild") && Has("child"), "they did not start");
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(run);
        await DummyProgram.UntilAsync(
            () => !DummyProgram.IsAlive(ReadId("child")) && !DummyProgram.IsAlive(ReadId("grandchild")), "somebody lives on");
    }

    [Fact]
    public async Task Cancellation_right_after_the_start_ends_the_child()
    {
        for (var run = 0; run < 10; run++)
        {
            using var cancellation = new CancellationTokenSource();
            var running = (new Command("sleep") { CancelGracePeriod = TimeSpan.FromSeconds(60) })
                .WithArguments("600")
                .RunAsync(cancellation.Token);
            await cancellation.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(running.WaitAsync(
                TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Running_out_of_time_ends_the_group_and_is_no_cancellation()
    {
        var run = (Group(Stubborn) with { Timeout = TimeSpan.FromSeconds(1) }).RunAsync(CancellationToken.None);
        (await Should.ThrowAsync<TimeoutException>(run)).Message.ShouldContain("1 s");
        await DummyProgram.UntilAsync(() => !DummyProgram.IsAlive(ReadId("grandchild")), "the grandchild lives on");
    }

    [Fact]
    public async Task A_grandchild_that_keeps_standard_output_open_is_ended()
    {
        var result = await Group("sleep 600 & echo $! > \"$1/grandchild\"; echo done")
            .RunAsync(CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        result.Output.ShouldBe(["done"]);
        await DummyProgram.UntilAsync(() => !DummyProgram.IsAlive(ReadId("grandchild")), "the grandchild lives on");
    }

    [Fact]
    public async Task A_daemon_that_left_the_group_is_not_waited_for()
    {
        var result = await Group(
            "setsid sh -c 'echo $$ > \"$1/daemon\"; exec sleep 600' x \"$1\" & while [ ! -s \"$1/daemon\" ]; do sleep 0.1; done; echo done")
            .RunAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        result.Output.ShouldBe(["done"]);
        using var daemon = Process.GetProcessById(ReadId("daemon"));
        daemon.Kill();
    }

    [Fact]
    public async Task A_consumer_that_fails_ends_a_child_that_would_print_for_ever()
    {
        var run = (new Command("yes") { OutputConsumer = (_, _) => throw new InvalidDataException("enough") }).RunAsync(
            CancellationToken.None);
        (await Should.ThrowAsync<InvalidDataException>(run.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken))).Message.ShouldBe("enough");
    }

    [Fact]
    public async Task A_line_handler_that_fails_ends_a_child_that_would_print_for_ever()
    {
        var run = (new Command("yes") { OnOutput = _ => throw new InvalidDataException("enough") }).RunAsync(CancellationToken.None);
        (await Should.ThrowAsync<InvalidDataException>(run.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken))).Message.ShouldBe("enough");
    }

    [Fact]
    public async Task A_cancelled_token_starts_nothing()
    {
        await Should.ThrowAsync<OperationCanceledException>(Group("touch \"$1/started\"").RunAsync(new CancellationToken(canceled: true)));
        File.Exists(_folder["started"]).ShouldBeFalse();
    }

    [Fact]
    public async Task When_the_parent_is_killed_its_children_end()
    {
        using var parent = DummyProgram.Start("parent", Stubborn.Replace("$1", _folder.Path, StringComparison.Ordinal));
        await DummyProgram.UntilAsync(() => Has("grandchild") && Has("child"), "they did not start");
        parent.Kill();
        await DummyProgram.UntilAsync(
            () => !DummyProgram.IsAlive(ReadId("child")) && !DummyProgram.IsAlive(ReadId("grandchild")), "somebody lives on");
    }

    [Fact]
    public async Task Nothing_is_left_of_a_run_that_ended_well()
    {
        await Group("echo $$ > \"$1/child\"").RunAsync(CancellationToken.None);
        var group = ReadId("child");
        await DummyProgram.UntilAsync(
            () => !Directory.EnumerateDirectories("/proc").Any(process => GroupOf(process) == group), "the watcher lives on");
    }

    public void Dispose() => _folder.Dispose();

    private static int GroupOf(string process)
    {
        try
        {
            var stat = File.ReadAllText(Path.Combine(process, "stat"));
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[2], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return 0;
        }
    }
}
