namespace KernelBuild.Architecture.Tests;

/// <summary>The checks themselves can fail.</summary>
public sealed class CirclesAreFound
{
    [Fact]
    public void A_circle_of_three_is_found_and_what_hangs_on_it_is_not()
    {
        var arrows = new Dictionary<string, string[]> { ["a"] = ["b"], ["b"] = ["c"], ["c"] = ["a", "d"], ["d"] = [], ["e"] = ["a"] };

        Circles.Find(arrows.Keys, room => arrows[room]).ShouldHaveSingleItem().ShouldBe(["a", "b", "c"], ignoreOrder: true);
    }

    [Fact]
    public void Uses_across_rooms_are_seen()
    {
        SourceGraph.OfRepository.Uses.ShouldContain(use =>
            use.From == "src/KernelBuild.Cli/CommandLine/ExitCode.cs" && use.To == "src/KernelBuild.Diagnostics/DiagnosticCodes.cs"
                && use.Symbol == "IsUsageOrEnvironment");
    }
}
