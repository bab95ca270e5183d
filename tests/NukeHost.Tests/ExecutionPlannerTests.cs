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
    public void Before_and_After_order_targets_that_both_run() => Plan<Orders>("Late", "Middle", "Early").ShouldBe(["Early", "Middle", "Late"]);

    [Fact]
    public void Before_and_After_pull_nothing_in() => Plan<Orders>("Middle").ShouldBe(["Middle"]);

    [Fact]
    public void A_triggered_target_runs_after_its_trigger_and_brings_its_dependencies() =>
        Plan<Triggering>("Build").ShouldBe(["Build", "Credentials", "Publish", "Announce"]);

    [Fact]
    public void DependentFor_is_DependsOn_seen_from_the_other_side() => Plan<Reversed>("Compile").ShouldBe(["Generate", "Compile"]);

    [Fact]
    public void Targets_without_relation_run_in_the_order_of_declaration() => Plan<Free>("C", "A", "B").ShouldBe(["A", "B", "C"]);

    [Fact]
    public void A_circle_is_an_error_that_names_it()
    {
        var exception = Should.Throw<UsageException>(() => Plan<Circle>("Apart"));
        exception.Message.ShouldContain("A before C before B before A");
        exception.Message.ShouldNotContain("Apart");
    }

    [Fact]
    public void A_target_that_depends_on_itself_is_a_circle() =>
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
        private Target Late => _ => _.After(Middle);

        private Target Middle => _ => _;

        private Target Early => _ => _.Before(Middle);
    }

    private sealed class Triggering : NukeBuild
    {
        private Target Announce => _ => _.TriggeredBy(Publish);

        private Target Publish => _ => _.DependsOn(Credentials);

        private Target Credentials => _ => _.After(Build);

        private Target Build => _ => _.Triggers(Publish);
    }

    private sealed class Reversed : NukeBuild
    {
        private Target Compile => _ => _;

        private Target Generate => _ => _.DependentFor(Compile);
    }

    private sealed class Free : NukeBuild
    {
        private Target A => _ => _;

        private Target B => _ => _;

        private Target C => _ => _;
    }

    private sealed class Circle : NukeBuild
    {
        private Target Apart => _ => _;

        private Target A => _ => _.DependsOn(B);

        private Target B => _ => _.After(C);

        private Target C => _ => _.TriggeredBy(A);
    }

    private sealed class SelfReference : NukeBuild
    {
        private Target A => _ => _.DependsOn(A);
    }
}
