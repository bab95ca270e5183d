using KernelBuild.Build;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Build;

public sealed class HostsThatCannotBuild : IDisposable
{
    private readonly TestDevice _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("my kernels")]
    [InlineData("c:kernels")]
    [InlineData("100%")]
    [InlineData("it's")]
    public void A_folder_that_kbuild_trips_over_is_KB9004_before_anything_is_done(string name)
    {
        var root = _bench[name];
        var device = _bench.Device("") with { RootFolder = root };
        var finding = Findings.Of(DiagnosticCodes.HostUnsupported, () => new BuildSession(device, new BuildOptions()).Begin());
        finding.Message.ShouldContain($"'{root}'");
        finding.Fix.ShouldBe("move the checkout to a path without them");
        Directory.Exists(root).ShouldBeFalse();
    }
}
