using KernelBuild.Diagnostics;
using KernelBuild.Host.Prerequisites;
using KernelBuild.Host.Reporting;
using HostPrerequisites = KernelBuild.Host.Prerequisites.Prerequisites;

namespace KernelBuild.Host.Tests.Prerequisites;

public sealed class PrerequisiteTests
{
    private readonly TestLog _log = new();

    private Task EnsureAsync(params Prerequisite[] wanted) =>
        HostPrerequisites.EnsureAsync(wanted, new BuildOptions { NoInstall = true }, _log, CancellationToken.None);

    [FactWith("apt-get")]
    public async Task With_no_install_what_is_missing_is_KB4004_with_the_exact_command()
    {
        var finding = await Findings.OfAsync("KB4004", () => EnsureAsync(
            new Prerequisite("flex", () => false), new Prerequisite("make", () => true), new Prerequisite("lld-19", () => false),
            new Prerequisite("flex", () => false)));
        finding.Message.ShouldBe("missing on this host: flex, lld-19");
        finding.Fix.ShouldBe(
            $"run: {(Environment.IsPrivilegedProcess ? "" : "sudo ")}apt-get install -y --no-install-recommends flex lld-19");
        _log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task When_all_is_there_nothing_is_said()
    {
        await EnsureAsync(new Prerequisite("make", () => true));
        _log.Lines.ShouldBeEmpty();
    }
}
