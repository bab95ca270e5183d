using KernelBuild.Diagnostics;
using KernelBuild.Passthrough;

namespace KernelBuild.Tests.Passthrough;

public sealed class HostKernels : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_configuration_without_a_hypervisor_is_refused_before_anything_boots_with_all_that_is_missing()
    {
        var file = Path.Combine(_folder.Path, "config");
        var profiles = Path.Combine(Repository.Root, "src/KernelBuild.Sdk/Sdk/profiles");
        var config = File.ReadAllText(Path.Combine(profiles, "iommu-passthrough.config"))
            + File.ReadAllText(Path.Combine(profiles, "kvm-host.config"))
            + "CONFIG_BLK_DEV_INITRD=y\nCONFIG_DEVTMPFS=y\nCONFIG_BINFMT_ELF=y\nCONFIG_BINFMT_SCRIPT=y\n";
        File.WriteAllText(file, config);
        HostKernelOptions.Missing(file).ShouldBeNull("the profiles have what the proof asks for");

        File.WriteAllText(file, config
            .Replace("CONFIG_KVM=y", "# CONFIG_KVM is not set", StringComparison.Ordinal)
            .Replace("CONFIG_EVENTFD=y\n", "", StringComparison.Ordinal));
        var finding = HostKernelOptions.Missing(file).ShouldNotBeNull();
        finding.Code.ShouldBe(DiagnosticCodes.HostKernelLacks);
        finding.Message.ShouldBe("the kernel cannot run a guest with VFIO: CONFIG_KVM, CONFIG_EVENTFD are off");
        finding.Fix.ShouldContain("kvm-host.config");
    }
}
