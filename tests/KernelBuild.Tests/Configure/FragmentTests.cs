using KernelBuild.Configure;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Tests.Configure;

public sealed class FragmentTests
{
    [Fact]
    public void Every_form_of_a_setting_is_read_with_its_line()
    {
        var requests = ConfigFragment.Parse(
            "# a comment\nCONFIG_PCI=y\nCONFIG_VFIO=m\r\n\n# CONFIG_SMP is not set\nCONFIG_DEBUG=n\nCONFIG_CMDLINE=\"a \\\"b\\\" = # "
            + "c\"\nCONFIG_BASE=0xFF00\nCONFIG_NR=-12\n#CONFIG_OLD=y\n",
            "x.config");
        requests.Select(request => $"{request.Line} {request.Symbol}={request.Value}").ShouldBe(
        [
            "2 CONFIG_PCI=y", "3 CONFIG_VFIO=m", "5 CONFIG_SMP=n", "6 CONFIG_DEBUG=n", "7 CONFIG_CMDLINE=\"a \\\"b\\\" = # c\"",
            "8 CONFIG_BASE=0xFF00", "9 CONFIG_NR=-12",
        ]);
    }

    [Theory]
    [InlineData("CONFIG_A=y # since 5.14", "5.14 6.1 6.12 7.0")]
    [InlineData("CONFIG_A=y\t# before 6.10: gone then", "4.14 5.10 5.14 6.1")]
    [InlineData("# CONFIG_A is not set  # since 5.14, before 7.0", "5.14 6.1 6.12")]
    [InlineData("CONFIG_A=\"x # since 9.0\" # since 7.0", "7.0")]
    [InlineData("CONFIG_A=y # optional: nice to have", "4.14 5.10 5.14 6.1 6.12 7.0")]
    public void A_line_can_be_meant_for_some_kernels(string line, string kernels)
    {
        KernelVersion[] all = [new(4, 14), new(5, 10), new(5, 14), new(6, 1), new(6, 12), new(7, 0)];
        var request = ConfigFragment.Parse(line, "x.config").ShouldHaveSingleItem();
        string.Join(' ', all.Where(request.Scope.Covers).Select(kernel => $"{kernel.Major}.{kernel.Minor}")).ShouldBe(kernels);
    }

    [Fact]
    public void A_line_is_optional_for_a_reason()
    {
        var request = ConfigFragment.Parse("CONFIG_A=m # since 5.4, optional: only for a test: yes, one\n", "x.config").ShouldHaveSingleItem();
        (request.Symbol, request.Value).ShouldBe(("CONFIG_A", "m"));
        request.Scope.Optional.ShouldBe("only for a test: yes, one");
    }

    [Theory]
    [InlineData("CONFIG_A=y # sinse 5.14")]
    [InlineData("CONFIG_A=y # since")]
    [InlineData("CONFIG_A=y # since five")]
    [InlineData("CONFIG_A=y # since 5.14, since 6.1")]
    [InlineData("CONFIG_A=y # since 6.1, before 5.14")]
    [InlineData("CONFIG_A=y # optional")]
    [InlineData("CONFIG_A=y # a comment")]
    [InlineData("# CONFIG_A is not set # a comment")]
    [InlineData("CONFIG_A=y #")]
    public void A_comment_behind_a_setting_that_is_not_understood_is_KB3002(string line)
    {
        var finding = Findings.Of("KB3002", () => ConfigFragment.Parse(line, "x.config"));
        finding.Fix.ShouldContain("# since 5.14");
        finding.Line.ShouldBe(1);
    }

    [Theory]
    [InlineData("CONFIG_PCI")]
    [InlineData("CONFIG_PCI=yes")]
    [InlineData("CONFIG_PCI = y")]
    [InlineData("PCI=y")]
    [InlineData("CONFIG_=y")]
    [InlineData("CONFIG_A-B=y")]
    [InlineData("CONFIG_CMDLINE=\"open")]
    [InlineData("CONFIG_CMDLINE=\"")]
    [InlineData("CONFIG_BASE=0x")]
    [InlineData("CONFIG_NR=--1")]
    [InlineData("CONFIG_PCI=y CONFIG_VFIO=y")]
    [InlineData("<<<<<<< HEAD")]
    public void A_line_that_is_no_setting_is_KB3002_with_its_line(string line)
    {
        var finding = Findings.Of("KB3002", () => ConfigFragment.Parse("CONFIG_OK=y\n" + line + "\n", "x.config"));
        finding.Line.ShouldBe(2);
        finding.File.ShouldBe("x.config");
    }

    [Fact]
    public void All_bad_lines_are_named_at_once() =>
        Should.Throw<DiagnosticException>(() => ConfigFragment.Parse("bad\nCONFIG_OK=y\nworse\n", "x.config")).Diagnostics
            .Select(finding => finding.Line)
            .ShouldBe([1, 3]);

    [Fact]
    public void A_fragment_that_is_not_there_is_KB3001() => Findings.Of("KB3001", () => ConfigFragment.Load("/no/such.config"));
}
