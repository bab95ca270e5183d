using System.Runtime.InteropServices;
using Nuke.Common.Execution;

namespace NukeHost.Tests;

public sealed class InterruptionTests
{
    [Fact]
    public async Task A_target_that_does_not_end_in_time_is_abandoned()
    {
        var abandoned = new TaskCompletionSource<(int, bool)>();
        using var interruption = new Interruption(
            TimeSpan.FromMilliseconds(20), () => { }, (exitCode, isInsistent) => abandoned.SetResult((exitCode, isInsistent)));
        interruption.Request(PosixSignal.SIGTERM);
        (await abandoned.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).ShouldBe((143, false));
    }

    [Fact]
    public void Only_a_second_SIGINT_insists()
    {
        var announced = 0;
        var abandoned = new List<(int, bool)>();
        using var interruption = new Interruption(
            TimeSpan.FromHours(1), () => announced++, (exitCode, isInsistent) => abandoned.Add((exitCode, isInsistent)));
        interruption.Request(PosixSignal.SIGINT);
        interruption.Request(PosixSignal.SIGTERM);
        abandoned.ShouldBeEmpty();
        interruption.Request(PosixSignal.SIGINT);
        abandoned.ShouldBe([(130, true)]);
        announced.ShouldBe(1);
        interruption.ExitCode.ShouldBe(130);
    }
}
