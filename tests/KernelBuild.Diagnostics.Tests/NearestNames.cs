namespace KernelBuild.Diagnostics.Tests;

public sealed class NearestNames
{
    private static readonly string[] _symbols = ["CONFIG_PCI", "CONFIG_PCIE", "CONFIG_VFIO", "CONFIG_VFIO_PCI", "CONFIG_USB"];

    [Theory]
    [InlineData("CONFIG_VFOI_PCI", "CONFIG_VFIO_PCI")]
    [InlineData("config_usb", "CONFIG_USB")]
    [InlineData("CONFIG_UBS", "CONFIG_USB")]
    public void A_slip_of_the_finger_leads_to_what_was_meant(string typed, string meant) =>
        NearestName.Among(typed, _symbols, 3).First().ShouldBe(meant);

    [Fact]
    public void The_nearest_comes_first_and_equally_near_ones_by_name() =>
        NearestName.Among("CONFIG_PCIF", _symbols, 2).ShouldBe(["CONFIG_PCI", "CONFIG_PCIE"]);

    [Fact]
    public void No_more_are_offered_than_were_asked_for() => NearestName.Among("CONFIG_PCIF", _symbols, 1).Count().ShouldBe(1);

    [Theory]
    [InlineData("Makefile")]
    [InlineData("")]
    public void What_is_like_nothing_leads_nowhere(string typed) => NearestName.Among(typed, _symbols, 3).ShouldBeEmpty();

    [Fact]
    public void A_short_name_may_differ_in_one_letter_only()
    {
        NearestName.Among("dte", ["dtc"], 1).ShouldBe(["dtc"]);
        NearestName.Among("xye", ["dte"], 1).ShouldBeEmpty();
    }
}
