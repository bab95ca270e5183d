using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace KernelBuild.Cli.Tests;

/// <summary>config why, diff, check, show: what is printed, and the exit codes.</summary>
public sealed class ConfigVerbs : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly string _tree;
    private readonly string _config;

    public ConfigVerbs()
    {
        _tree = _folder.Folder("tree");
        _folder.Write("tree/Makefile", "VERSION = 6\nPATCHLEVEL = 1\n");
        _folder.Write("tree/Kconfig", "success = $(shell,{ $(1); } >/dev/null 2>&1 && echo y || echo n)\nsource \"drivers/Kconfig\"\nsource \"arch/$(SRCARCH)/Kconfig\"\n");
        _folder.Write("tree/arch/arm64/Kconfig", "config ARM64\n\tdef_bool y\n\tselect HAS_IO\nconfig HAS_IO\n\tbool\nconfig CC_OK\n\tdef_bool $(success,true)\n");
        _folder.Write("tree/drivers/Kconfig", "config PCI\n\tbool \"PCI\"\n\tdepends on HAS_IO\nif PCI\nconfig VFIO_PCI\n\tbool \"VFIO\"\nconfig NR\n\tint \"number\"\n\trange 1 8\n\tdefault 4\nendif\n");
        _config = _folder.Write(".config", "CONFIG_ARM64=y\nCONFIG_HAS_IO=y\nCONFIG_CC_OK=y\n# CONFIG_PCI is not set\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Why_goes_down_to_the_lines_that_give_the_symbol()
    {
        var run = CommandRun.Of("config", "why", "VFIO_PCI", "--tree", _tree, "--config", _config);
        (run.ExitCode, run.Errors).ShouldBe((0, ""));
        run.Output.ShouldStartWith("CONFIG_VFIO_PCI is n\n");
        run.Output.ShouldContain("depends on PCI   [PCI=n]");
        run.Output.ShouldContain("CONFIG_VFIO_PCI=y with:\n  CONFIG_PCI=y\n  CONFIG_VFIO_PCI=y\n");

        CommandRun.Of("config", "why", "CONFIG_HAS_IO=n", "--tree", _tree, "--config", _config).Output.ShouldContain("CONFIG_ARM64=y selects it (arch/arm64/Kconfig:3)");
        CommandRun.Of("config", "why", "CC_OK", "--tree", _tree, "--config", _config).Output.ShouldStartWith("CONFIG_CC_OK is y\n", Case.Sensitive);
        Json("why", "NR=99", "--tree", _tree, "--config", _folder.Write("pci", "CONFIG_PCI=y\nCONFIG_NR=4\n")).GetProperty("symbols")[0].GetProperty("cause").GetString()
            .ShouldBe("it must be from 1 to 8");
    }

    [Fact]
    public void What_is_not_there_is_named()
    {
        var run = CommandRun.Of("config", "why", "VFIO_PCJ", "--tree", _tree);
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("did you mean CONFIG_VFIO_PCI?");
        CommandRun.Of("config", "why", "PCI", "--tree", _folder["none"]).ExitCode.ShouldBe(2);
        CommandRun.Of("config", "why", "PCI", "--tree", _tree, "--config", _folder.Write("text", "no configuration\n")).ExitCode.ShouldBe(1);
        CommandRun.Of("config", "diff", _config, _folder["none"]).ExitCode.ShouldBe(2);
    }

    /// <summary>Against conf itself: KernelBuild.Tests, ValuesOfConf.</summary>
    [Fact]
    public void Minimize_leaves_out_what_follows_and_writes_nothing_that_conf_did_not_prove()
    {
        var config = _folder.Write("whole", "CONFIG_ARM64=y\nCONFIG_HAS_IO=y\nCONFIG_CC_OK=y\nCONFIG_PCI=y\nCONFIG_VFIO_PCI=y\nCONFIG_NR=4\nCONFIG_VENDOR=y\n");
        var run = CommandRun.Of("config", "minimize", config, "--tree", _tree, "--no-proof");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldBe("# whole out of the kernel's defaults: no line of it can be left out\nCONFIG_PCI=y\nCONFIG_VFIO_PCI=y\n");
        run.Errors.ShouldContain("KB3013");
        run.Errors.ShouldContain("CONFIG_VENDOR");
        run.Errors.ShouldContain("2 lines for 7 settings; not proved (--no-proof)");

        var start = _folder.Write("start", "CONFIG_PCI=y\n# CONFIG_VFIO_PCI is not set\nCONFIG_NR=8\n");
        Json("minimize", config, "--tree", _tree, "--no-proof", "--base", start).GetProperty("lines").EnumerateArray()
            .Select(line => $"{line.GetProperty("symbol")}={line.GetProperty("value")}").ShouldBe(["CONFIG_NR=4", "CONFIG_VFIO_PCI=y"]);

        // this tree has no conf
        var output = _folder["fragment"];
        var unproved = CommandRun.Of("config", "minimize", config, "--tree", _tree, "-o", output);
        unproved.ExitCode.ShouldNotBe(0);
        unproved.Errors.ShouldContain("KB4005");
        File.Exists(output).ShouldBeFalse();
        CommandRun.Of("config", "minimize", config, "--tree", _tree, "--no-proof", "--make", "LLVM=1").ExitCode.ShouldBe(2);

        // this one's follows a rule that its Kconfig files do not state
        const string Rule = "olddefconfig:\n\t@grep -q CONFIG_NR= $(O)/.config || echo CONFIG_NR=4 >> $(O)/.config\n";
        _folder.Write("tree/Makefile", Rule + "\t@grep -q CONFIG_VENDOR $(O)/.config || echo CONFIG_OTHER=y >> $(O)/.config\n");
        var other = CommandRun.Of("config", "minimize", config, "--tree", _tree, "-o", output);
        other.ExitCode.ShouldBe(1, other.Errors);
        other.Errors.ShouldContain("KB3014");
        other.Errors.ShouldContain("CONFIG_OTHER: n with the configuration, y with the fragment");
        File.Exists(output).ShouldBeFalse();
        _folder.Write(
            "whole", "CONFIG_ARM64=y\nCONFIG_HAS_IO=y\nCONFIG_CC_OK=y\nCONFIG_PCI=y\nCONFIG_VFIO_PCI=y\nCONFIG_NR=4\n");
        _folder.Write("tree/Makefile", Rule + "\t@sed -i '/ARM64\\|HAS_IO\\|CC_OK/d' $(O)/.config\n");
        CommandRun.Of("config", "minimize", config, "--tree", _tree, "-o", output).Errors.ShouldContain("conf makes the same of both");
        File.ReadAllText(output).ShouldContain("CONFIG_PCI=y\nCONFIG_VFIO_PCI=y\n");
    }

    [Fact]
    public void Diff_reads_a_devices_config_gz_and_shows_what_follows()
    {
        var packed = _folder["config.gz"];
        using (var stream = new GZipStream(File.Create(packed), CompressionLevel.Optimal))
        {
            stream.Write(Encoding.ASCII.GetBytes("CONFIG_ARM64=y\nCONFIG_HAS_IO=y\nCONFIG_CC_OK=y\nCONFIG_PCI=y\nCONFIG_VFIO_PCI=y\nCONFIG_NR=4\n"));
        }

        CommandRun.Of("config", "diff", _config, packed, "--tree", _tree).Output.ShouldBe(
            "CONFIG_PCI: n -> y\n  CONFIG_NR: n -> 4\n  CONFIG_VFIO_PCI: n -> y\n3 symbols with another value\n");
        Json("diff", _config, packed).GetProperty("changes").GetArrayLength().ShouldBe(3);
        CommandRun.Of("config", "diff", _config, _config).Output.ShouldBe("0 symbols with another value\n");
    }

    [Fact]
    public void Check_says_what_of_a_profile_a_configuration_lacks()
    {
        var profile = _folder.Write("profile", "CONFIG_ARM64=y\nCONFIG_VFIO_PCI=y\nCONFIG_NR=4 # optional: more is better\nCONFIG_OLD=y # before 5.0\n");
        var run = CommandRun.Of("config", "check", _config, "--profile", profile, "--tree", _tree);
        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("CONFIG_VFIO_PCI=y was requested, but it is n: what it depends on is not on");
        run.Output.ShouldContain("1 symbol as asked for, 1 not, 1 optional and not");
        CommandRun.Of("config", "check", _config, "--fragment", profile, "--kernel", "6.1").Output.ShouldContain("give the kernel's source with --tree");
        CommandRun.Of("config", "check", _config, "--fragment", _folder.Write("ok", "CONFIG_ARM64=y\n")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public void The_version_is_read_or_said_to_be_unknown()
    {
        var profile = _folder.Write("profile", "CONFIG_ARM64=y\nCONFIG_OLD=y # before 5.0\nCONFIG_NEW=y # since 5.14: came then\n");
        string Headed(string version) => _folder.Write("headed", $"#\n# Automatically generated file; DO NOT EDIT.\n# {version} Kernel Configuration\n#\nCONFIG_ARM64=y\n");
        var unknown = CommandRun.Of("config", "check", _config, "--profile", profile);
        unknown.ExitCode.ShouldBe(0);
        unknown.Output.ShouldContain("warning KB3012: 2 lines for some kernels only (CONFIG_OLD, CONFIG_NEW) not checked");
        unknown.Output.ShouldContain("1 symbol as asked for, 0 not, 0 optional and not");

        CommandRun.Of("config", "check", Headed("Linux/arm64 5.10.168"), "--profile", profile).Output.ShouldBe("1 symbol as asked for, 0 not, 0 optional and not\n");
        CommandRun.Of("config", "check", Headed("Linux/arm64 6.1.192-android14"), "--profile", profile).Output.ShouldContain("CONFIG_NEW=y is asked for, and it is n");
        CommandRun.Of("config", "check", Headed("Linux/arm64 6.1"), "--profile", profile, "--kernel", "4.14").Output.ShouldContain("CONFIG_OLD=y is asked for");
        CommandRun.Of("config", "check", Headed("Barebox/arm64 6.1"), "--profile", profile).Output.ShouldContain("KB3012");
    }

    [Fact]
    public void Show_says_which_line_wins()
    {
        var (one, other) = (_folder.Write("one", "CONFIG_A=y\nCONFIG_B=m\n"), _folder.Write("other", "CONFIG_B=y\nCONFIG_A=y\n"));
        var output = CommandRun.Of("config", "show", one, other).Output;
        output.ShouldContain($"CONFIG_A=y  {other}:2\n  y in {one}:1: same\n");
        output.ShouldContain($"CONFIG_B=y  {other}:1\n  m in {one}:2: overridden\n");
        output.ShouldEndWith("2 symbols, 2 said again, 1 of them overridden\n");
    }

    private static JsonElement Json(params string[] arguments)
    {
        var run = CommandRun.Of(["config", .. arguments, "--json"]);
        run.ExitCode.ShouldBe(0, run.Errors);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
