using KernelBuild.Bench;

namespace KernelBuild.Tests.Bench;

/// <summary>The search itself, on faults whose cause is known.</summary>
public sealed class BisectionTests
{
    private static async Task<(BisectionResult? Result, int Trials)> RunAsync(int count, Func<IReadOnlyList<int>, TrialOutcome> test)
    {
        var bisection = new Bisection(count, set => Task.FromResult(test(set)));
        return (await bisection.RunAsync(), bisection.Trials);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(100, 0)]
    [InlineData(100, 63)]
    [InlineData(100, 99)]
    public async Task One_bad_patch_is_found_in_about_as_many_trials_as_a_bisection_needs(int count, int bad)
    {
        var (result, trials) = await RunAsync(count, set => set.Contains(bad) ? TrialOutcome.Bad : TrialOutcome.Good);
        result!.First.ShouldBe([bad]);
        result.Smallest.ShouldBe([bad]);
        trials.ShouldBeLessThanOrEqualTo(4 + (int)Math.Ceiling(Math.Log2(count)));
    }

    [Fact]
    public async Task Several_that_are_bad_only_together_are_all_named()
    {
        var (result, _) = await RunAsync(
            40, set => set.Contains(3) && set.Contains(17) && set.Contains(30) ? TrialOutcome.Bad : TrialOutcome.Good);
        result!.First.ShouldBe([30]);
        result.Smallest.ShouldBe([3, 17, 30]);
    }

    [Fact]
    public async Task Patches_that_need_each_other_are_worked_around()
    {
        // 5 does not apply without 4; prefixes of 8 to 10 do not build
        var (result, _) = await RunAsync(16, set =>
            set.Contains(5) && !set.Contains(4) ? TrialOutcome.Unresolved
            : set.Count is >= 8 and <= 10 && set[^1] == set.Count - 1 ? TrialOutcome.Unresolved
            : set.Contains(5) && set.Contains(12) ? TrialOutcome.Bad
            : TrialOutcome.Good);
        result!.First.ShouldBe([12]);
        result.Smallest.ShouldBe([4, 5, 12]);
    }

    [Fact]
    public async Task Suspects_that_cannot_be_told_apart_are_all_named()
    {
        var (result, _) = await RunAsync(
            8, set => set.Count is 3 or 4 ? TrialOutcome.Unresolved : set.Contains(3) ? TrialOutcome.Bad : TrialOutcome.Good);
        result!.First.ShouldBe([2, 3, 4]);
    }

    [Fact]
    public async Task Where_nothing_fails_or_everything_does_there_is_nothing_to_search()
    {
        (await RunAsync(5, _ => TrialOutcome.Good)).Result.ShouldBeNull();
        (await RunAsync(5, _ => TrialOutcome.Bad)).Result.ShouldBeNull();
    }
}
