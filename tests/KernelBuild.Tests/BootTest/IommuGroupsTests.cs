using KernelBuild.BootTest;

namespace KernelBuild.Tests.BootTest;

public sealed class IommuGroupsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private IommuGroups Expected(string text) => IommuGroups.Load(_folder.Write("expected", text));

    private static IommuGroups? Console(params string[] lines) => IommuGroups.FromConsole(lines);

    [Fact]
    public void A_report_is_read_from_a_console_with_other_lines_around_it()
    {
        var groups = Console(
            "[    0.000000] Booting Linux", "### GROUPS\r", "G 7 0000:00:01.0\r", "[    1.0] a kernel message\r",
            "G 0 0000:01:00.0 8086:10d3\r", "G 7 0000:00:01.1", "N 0000:00:00.0", "### END GROUPS\r", "G 9 ignored")!;
        groups.Groups.Select(group => string.Join(' ', group)).ShouldBe(["0000:00:01.0 0000:00:01.1", "0000:01:00.0"]);
        groups.Ungrouped.ShouldBe(["0000:00:00.0"]);
    }

    [Fact]
    public void A_report_that_was_cut_short_is_none()
    {
        Console("### GROUPS", "G 0 0000:00:01.0").ShouldBeNull();
        Console("### END GROUPS").ShouldBeNull();
        Console().ShouldBeNull();
    }

    [Fact]
    public void A_report_that_begins_again_counts_from_there() =>
        Console("### GROUPS", "G 0 a", "### GROUPS", "G 0 b", "### END GROUPS")!.Groups.ShouldHaveSingleItem().ShouldBe(["b"]);

    [Fact]
    public void Numbers_and_order_mean_nothing() =>
        Expected("# the bridge\n0000:00:02.0 0000:00:01.0 # both\n\n0000:01:00.0\n- 0000:00:00.0\n")
            .Differences(
                Console("### GROUPS", "G 5 0000:01:00.0", "G 3 0000:00:01.0", "G 3 0000:00:02.0", "N 0000:00:00.0", "### END GROUPS")!)
                .ShouldBeEmpty();

    [Fact]
    public void Every_device_that_differs_is_named_with_both_sides() =>
        Expected("a b\nc\nd\n- e\n")
            .Differences(Console("### GROUPS", "G 1 a", "G 2 b", "G 2 c", "N d", "G 3 f", "### END GROUPS")!)
            .ShouldBe(
        [
            "a: expected with b, found alone in its group",
            "b: expected with a, found with c",
            "c: expected alone in its group, found with b",
            "d: expected alone in its group, found in no group",
            "e: expected in no group, found not there",
            "f: expected not there, found alone in its group",
        ]);

    [Fact]
    public void A_device_in_two_groups_is_KB9008_with_its_line() => Findings.Of("KB9008", () => Expected("a b\n# c\nb\n")).Line.ShouldBe(3);

    [Fact]
    public void An_expectation_that_is_not_there_is_KB9008() => Findings.Of("KB9008", () => IommuGroups.Load(_folder["nothing"]));

    public void Dispose() => _folder.Dispose();
}
