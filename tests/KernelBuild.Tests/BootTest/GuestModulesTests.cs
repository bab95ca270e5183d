using KernelBuild.BootTest;

namespace KernelBuild.Tests.BootTest;

/// <summary>Modules that a guest reports, beside modules.load.</summary>
public sealed class GuestModulesTests
{
    private static readonly string[] _console =
    [
        "[    1.0] e1000e: Intel(R) PRO/1000 Network Driver\r", "### MODULES\r", "e1000e 315392 0 - Live 0xffff800079c40000\r",
        "[    2.5] a message of the kernel\r", "can_dev 28672 1 can_raw, Live 0x0000000000000000\r", "### END MODULES\r", "later 1 0 - Live 0x0",
    ];

    [Fact]
    public void Are_those_of_proc_modules_between_the_marks() =>
        GuestModules.FromConsole(_console, []).Loaded!.Value.ShouldBe(["can_dev", "e1000e"]);

    [Fact]
    public void Are_missing_where_modules_load_names_them_with_any_path_dash_or_compression() =>
        GuestModules
            .FromConsole(_console, ["kernel/net/can-dev.ko", "e1000e.ko.xz", "", "nvme-core.ko", "kernel/fs/fat/fat.ko.gz"])
            .Missing.ShouldBe(["nvme_core", "fat"]);

    [Fact]
    public void Are_unknown_when_init_says_nothing_of_them_or_was_cut_short()
    {
        GuestModules.FromConsole(["### GROUPS", "### END GROUPS"], ["e1000e.ko"]).ShouldBe(new GuestModules(null, []));
        GuestModules.FromConsole(_console[..4], ["nvme.ko"]).ShouldBe(new GuestModules(null, []));
    }

    [Fact]
    public void Are_none_when_the_report_is_empty()
    {
        var none = GuestModules.FromConsole(["### MODULES", "### END MODULES"], ["e1000e.ko"]);
        none.Loaded!.Value.ShouldBeEmpty();
        none.Missing.ShouldBe(["e1000e"]);
    }
}
