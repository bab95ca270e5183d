using Nuke.Common;
using Nuke.Common.Execution;
using Nuke.Common.Output;
using Nuke.Common.Parameters;

namespace NukeHost.Tests;

public sealed class OutputTests
{
    [Theory]
    [InlineData(999, "< 1sec")]
    [InlineData(1_000, "0:01")]
    [InlineData(61_500, "1:01")]
    [InlineData(3_600_000, "60:00")]
    public void Durations_are_minutes_and_seconds(int milliseconds, string expected) =>
        SummaryTable.Duration(TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(expected);

    [Fact]
    public void The_first_column_of_the_table_grows_with_the_longest_name()
    {
        var targets = TargetFactory.Create(new Build(), []);
        var rows = SummaryTable.Render(targets).Select(row => row.Text).ToList();
        rows[0].ShouldBe(new string('═', 46));
        rows[1].ShouldBe("Target                    Status      Duration");
        rows[3].ShouldBe("ALongNameOfATarget1234    Scheduled");
    }

    [Theory]
    [InlineData("xterm-256color", "", true)]
    [InlineData("xterm", "1", false)]
    [InlineData("dumb", "", false)]
    [InlineData("", "", false)]
    public void Colours_need_a_terminal_that_shows_them_and_a_user_who_wants_them(string term, string noColour, bool expected) =>
        BuildConsole.WantsColours(new Dictionary<string, string> { ["TERM"] = term, ["NO_COLOR"] = noColour }).ShouldBe(expected);

    [Fact]
    public void Descriptions_are_wrapped_below_their_beginning()
    {
        var help = HelpText.Render(TargetFactory.Create(new Build(), []), Parameter.Of(typeof(Build)), BuiltInParameters.All);
        help.Split('\n').ShouldAllBe(line => line.Length <= 88);
        help.ShouldContain(
            "  --long         One word after the other until there are so many words that they no\n"
            + "                 longer fit into one line.\n");
        help.ShouldContain("  --gkiversion   <no description>\n");
    }

    private sealed class Build : NukeBuild
    {
        [Parameter("One word after the other until there are so many words that they no longer fit into one line.")]
        private readonly string? Long;

        [Parameter]
        private readonly string? GKIVersion;

        private Target ALongNameOfATarget1234 => _ => _.Executes(() => Serilog.Log.Information("{All}", (Long, GKIVersion)));
    }
}
