using KernelBuild.Kconfig;

namespace KernelBuild.Tests.Kconfig;

/// <summary>What conf evaluates and no .config names. conf itself says so of Linux 5.10 (<see cref="ValuesOfConf"/>).</summary>
public sealed class SymbolsLeftOut : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_list_of_files_that_conf_begins_with_has_no_line_in_the_configuration()
    {
        _folder.Write(
            "Kconfig",
            "config DEFCONFIG_LIST\n\tstring\n\toption defconfig_list\n\tdefault \"/boot/config\"\n\n"
            + "config NAME\n\tstring\n\tdefault \"a\"\n");
        var model = KconfigModel.Read(_folder.Path, TreeShell.Of("arm64"));
        var evaluation = new KconfigEvaluation(model, new Dictionary<string, string>());
        evaluation.Value(model.Find("DEFCONFIG_LIST")!).ShouldBe("n");
        evaluation.Value(model.Find("NAME")!).ShouldBe("\"a\"");
    }
}
