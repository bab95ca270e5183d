using System.Text.Json;
using KernelBuild.BootTest;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// One project, four kernels: each is built by the README's command, loads its modules from the ramdisk and forms the groups that are
/// predicted. 6.1 in every run, the others with --exhaustive: each of them compiles a kernel.
/// </summary>
[Collection(nameof(TheRealKernel))]
public sealed class EveryKernelSeries
{
    public static TheoryData<string, string> Devices
    {
        get
        {
            var devices = new TheoryData<string, string> { { "virt", "6.1." } };
            if (Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is not null)
            {
                devices.Add("virt-5.10", "5.10.");
                devices.Add("virt-6.12", "6.12.");
                devices.Add("virt-7.2", "7.2.");
            }

            return devices;
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public async Task Boots_with_modules_from_the_ramdisk_and_its_groups_are_the_predicted_ones(string device, string version)
    {
        var boot = await Repository.RunAsync(Repository.NukeScript, "BootTest", "--device", device);
        boot.ExitCode.ShouldBe(0, boot.Output);
        using var result = JsonDocument.Parse(await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "artifacts", device, "boot-test", "result.json"), TestContext.Current.CancellationToken));
        result.RootElement.GetProperty("kernel").GetString().ShouldStartWith("Linux version " + version);
        result.RootElement.GetProperty("modules").EnumerateArray().Select(module => module.GetString()).ShouldBe(
            // on 7.2 the same configuration makes sit a module
            version == "7.2." ? ["e1000", "ip_tunnel", "sit", "tunnel4"] : ["e1000"], ignoreOrder: true);
        result.RootElement.GetProperty("modulesMissing").GetArrayLength().ShouldBe(0);

        var report = await Repository.RunAsync(Repository.NukeScript, "IommuReport", "--device", device);
        report.ExitCode.ShouldBe(0, report.Output);
        report.Output.ShouldContain("every function");
    }

    [Fact]
    public async Task A_module_that_the_kernel_refuses_fails_the_boot_test_and_is_named()
    {
        var built = await Repository.RunAsync(Repository.NukeScript, "BuildKernel", "--device", "virt");
        built.ExitCode.ShouldBe(0, built.Output);
        var device = DeviceBuild.Load(new DeviceFolders(Repository.Root, "virt").DeviceFile);
        var refusing = device with { Emulation = device.Emulation with { CommandLine = "module_blacklist=e1000" } };
        var finding = await Findings.OfAsync(
            DiagnosticCodes.ModulesNotLoaded, () => new BootTestRun(refusing, new TestLog()).RunAsync(TestContext.Current.CancellationToken));
        finding.Message.ShouldBe("1 module of modules.load was not loaded");
        finding.Details.ShouldBe(["e1000"]);
    }
}
