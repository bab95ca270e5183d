using System.Text.RegularExpressions;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.Iommu.Tests;

/// <summary>Which Qualcomm hosts program their table of stream IDs, against Linux's own source: pcie-qcom.c of Debian's packages linux-source-X.</summary>
public sealed partial class QualcommHostsOfLinux
{
    /// <summary>Put there by tests/fetch-debian-kernels.sh --sources.</summary>
    private static string Folder => Path.Combine(Path.GetDirectoryName(DebianKernels.Folder)!, "kernel-sources");

    [Theory]
    [InlineData("5.10")]
    [InlineData("6.1")]
    [InlineData("6.12")]
    [InlineData("7.2")]
    public void A_host_programs_its_table_where_its_operations_have_config_sid(string version)
    {
        var file = Path.Combine(Folder, version, "pcie-qcom.c");
        Assert.SkipUnless(File.Exists(file), "needs tests/fetch-debian-kernels.sh --sources");
        KernelVersion.TryParse(version, out var kernel).ShouldBeTrue();
        var source = File.ReadAllText(file);
        var operations = OperationsPattern().Matches(source)
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value.Contains(".config_sid", StringComparison.Ordinal));
        var configurations = ConfigurationPattern().Matches(source)
            .ToDictionary(match => match.Groups[1].Value, match => operations[match.Groups[2].Value]);
        var hosts = MatchPattern().Matches(source).ToArray();

        hosts.Length.ShouldBeGreaterThan(10);
        foreach (var host in hosts)
        {
            // up to 5.10 a match has its operations directly
            var data = host.Groups[2].Value;
            var programs = configurations.TryGetValue(data, out var known) ? known : operations[data];
            (QualcommHosts.IsProgrammed(host.Groups[1].Value, kernel) == true).ShouldBe(programs, $"{host.Groups[1].Value} in {version}");
        }
    }

    [GeneratedRegex(@"struct qcom_pcie_ops (\w+) = \{(.*?)\n\};", RegexOptions.Singleline)]
    private static partial Regex OperationsPattern();

    [GeneratedRegex(@"struct qcom_pcie_cfg (\w+) = \{[^}]*?\.ops = &(\w+)")]
    private static partial Regex ConfigurationPattern();

    [GeneratedRegex(@"\.compatible = ""(qcom,pcie-[\w-]+)"", \.data = &(\w+)")]
    private static partial Regex MatchPattern();
}
