using System.Text.Json;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Tests;

/// <summary><c>--sarif</c> and <c>--junit</c> of commands that check files, read by those who read such files.</summary>
public sealed class FindingsInFiles : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Tree()
    {
        var source = _folder.Write("a b.dts", """
            /dts-v1/;
            / { smmu: iommu@1 { reg = <1 1>; }; pcie@2 { device_type = "pci"; iommu-map = <0 &smmu 0 0x10000>; }; };
            """);
        Oracle.Output("dtc", ["-q", "-I", "dts", "-O", "dtb", "-o", _folder["a b.dtb"], source]);
        return _folder["a b.dtb"];
    }

    [FactWith("dtc", SarifValidator.Package)]
    public void Microsofts_validator_finds_no_error_in_the_log_of_lint()
    {
        var tree = Tree();
        CommandRun.Of("iommu", "lint", tree, "--sarif", _folder["log.sarif"]).ExitCode.ShouldBe(0);
        SarifValidator.Errors(_folder["log.sarif"]).ShouldBeEmpty();
        var run = JsonElement.Parse(File.ReadAllText(_folder["log.sarif"])).GetProperty("runs")[0];
        var result = run.GetProperty("results")[0];
        result.GetProperty("ruleId").GetString().ShouldBe(DiagnosticCodes.IommuReferenceUnusable);
        run.GetProperty("tool").GetProperty("driver").GetProperty("rules")[result.GetProperty("ruleIndex").GetInt32()]
            .GetProperty("shortDescription").GetProperty("text").GetString().ShouldBe("a reference to no usable IOMMU (warning)");
        result.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString()
            .ShouldBe(new Uri(tree).AbsoluteUri);
    }

    /// <summary>That the validator can say no.</summary>
    [FactWith("dtc", SarifValidator.Package)]
    public void Microsofts_validator_finds_what_is_wrong()
    {
        CommandRun.Of("iommu", "lint", Tree(), "--sarif", _folder["log.sarif"]).ExitCode.ShouldBe(0);
        var log = File.ReadAllText(_folder["log.sarif"]);
        _folder.Write("log.sarif", log.Replace("\"semanticVersion\"", "\"semanticVersio\"", StringComparison.Ordinal));
        SarifValidator.Errors(_folder["log.sarif"]).ShouldBe(["JSON1005"]);
        _folder.Write("log.sarif", log.Replace("\"ruleIndex\": 0", "\"ruleIndex\": 7", StringComparison.Ordinal));
        SarifValidator.Errors(_folder["log.sarif"]).ShouldBe(["SARIF1009"]);
    }

    [FactWith(SarifValidator.Package)]
    public void An_image_that_is_none_is_a_result_at_its_byte()
    {
        var image = _folder.Write("boot.img", "no image");
        CommandRun.Of("boot", "verify", image, "--sarif", _folder["log.sarif"]).ExitCode.ShouldBe(1);
        SarifValidator.Errors(_folder["log.sarif"]).ShouldBeEmpty();
        JsonElement.Parse(File.ReadAllText(_folder["log.sarif"])).GetProperty("runs")[0].GetProperty("results")[0]
            .GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("region").GetProperty("byteOffset").GetInt32()
            .ShouldBe(0);
    }

    [FactWith("junitparser", "dtc", "/usr/bin/python3")]
    public void JUnits_cases_are_files_and_errors_are_failures()
    {
        var image = _folder.Write("boot\u0001.img", "no image");
        CommandRun.Of("boot", "verify", image, "--junit", _folder["bad.xml"]).ExitCode.ShouldBe(1);
        CommandRun.Of("iommu", "lint", Tree(), "--junit", _folder["good.xml"]).ExitCode.ShouldBe(0);
        const string script = """
            import sys, junitparser
            for suite in junitparser.JUnitXml.fromfile(sys.argv[1]):
                for case in suite:
                    print(suite.name, suite.tests, suite.failures, [type(r).__name__ + ' ' + r.type for r in case.result])
            """;
        Oracle.Text(_folder.Path, "/usr/bin/python3", "-c", script, "bad.xml").ShouldBe("kernelbuild boot verify 1 1 ['Failure KB5001']");
        Oracle.Text(_folder.Path, "/usr/bin/python3", "-c", script, "good.xml").ShouldBe("kernelbuild iommu lint 1 0 []");
        Oracle.Try(_folder.Path, "junitparser", "verify", "bad.xml").ExitCode.ShouldBe(1);
        Oracle.Try(_folder.Path, "junitparser", "verify", "good.xml").ExitCode.ShouldBe(0);
    }

    [Fact]
    public void A_report_that_cannot_be_written_is_an_error()
    {
        var run = CommandRun.Of("boot", "verify", _folder.Write("boot.img", "no image"), "--junit", _folder["absent/folder/x.xml"]);
        run.ExitCode.ShouldBe(2, run.Output + run.Errors);
    }
}
