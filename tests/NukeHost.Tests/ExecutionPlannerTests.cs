using Nuke.Common;
using Nuke.Common.Execution;

namespace NukeHost.Tests;

public sealed class ExecutionPlannerTests
{
    [Fact]
    public void A_dependency_runs_before_what_depends_on_it() => Plan<Chain>("Test").ShouldBe(["Clean", "Compile", "Test"]);

    [Fact]
    public void A_shared_dependency_runs_once() => Plan<Chain>("Test", "Pack").ShouldBe(["Clean", "Compile", "Pack", "Test"]);

    [Fact]
    public void Before_orders_targets_that_both_run() => Plan<Orders>("Late", "Middle", "Early").ShouldBe(["Early", "Middle", "Late"]);

    [Fact]
    public void Before_orders_targets_that_are_related_through_one_that_does_not_run() =>
        Plan<Orders>("Late", "Early").ShouldBe(["Early", "Late"]);

    [Fact]
    public void Before_adds_no_target_to_the_plan() => Plan<Orders>("Middle").ShouldBe(["Middle"]);

    [Fact]
    public void Targets_without_relation_run_in_the_order_of_declaration() => Plan<Free>("C", "A", "B").ShouldBe(["A", "B", "C"]);

    [Fact]
    public void A_cycle_is_an_error_that_names_it()
    {
        var exception = Should.Throw<UsageException>(() => Plan<Cycle>("Apart"));
        exception.Message.ShouldContain("A before C before B before A");
        exception.Message.ShouldNotContain("Apart");
    }

    [Fact]
    public void A_target_that_depends_on_itself_is_a_cycle() =>
        Should.Throw<UsageException>(() => Plan<SelfReference>("A")).Message.ShouldContain("A before A");

    private static IEnumerable<string> Plan<T>(params string[] invoked)
        where T : NukeBuild, new()
    {
        var targets = TargetFactory.Create(new T(), []);
        return ExecutionPlanner.Plan(targets, TargetNames.Find(invoked, targets)).Select(target => target.Name);
    }

    private sealed class Chain : NukeBuild
    {
        private Target Pack => _ => _.DependsOn(Compile);

        private Target Test => _ => _.DependsOn(Compile);

        private Target Compile => _ => _.DependsOn(Clean);

        private Target Clean => _ => _;
    }

    private sealed class Orders : NukeBuild
    {
        private Target Late => _ => _;

        private Target Middle => _ => _.Before(Late);

        private Target Early => _ => _.Before(Middle);
    }

    private sealed class Free : NukeBuild
    {
        private Target A => _ => _;

        private Target B => _ => _;

        private Target C => _ => _;
    }

    private sealed class Cycle : NukeBuild
    {
        private Target Apart => _ => _;

        private Target A => _ => _.DependsOn(B).Before(C);

        private Target B => _ => _;

        private Target C => _ => _.Before(B);
    }

    private sealed class SelfReference : NukeBuild
    {
        private Target A => _ => _.DependsOn(A);
    }
}
