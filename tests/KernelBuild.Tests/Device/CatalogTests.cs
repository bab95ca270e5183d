using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.Tests.Device;

public sealed class CatalogTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public CatalogTests()
    {
        _folder.Write("kernels/virt/virt.kernelproj", "");
        _folder.Write("kernels/pixel-8/pixel-8.kernelproj", "");
        _folder.Folder("kernels/no-project");
    }

    private DeviceCatalog Catalog => new(_folder.Path);

    [Fact]
    public void Devices_are_folders_with_a_project_of_their_name()
    {
        Catalog.Names.ShouldBe(["pixel-8", "virt"]);
        Catalog.Find("virt").ShouldBe(_folder["kernels/virt/virt.kernelproj"]);
    }

    [Fact]
    public void An_unknown_device_is_KB9001_with_the_nearest_and_all()
    {
        var finding = Findings.Of("KB9001", () => Catalog.Find("vrt"));
        finding.Message.ShouldContain("did you mean 'virt'?");
        finding.Fix.ShouldContain("pixel-8, virt");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no-project")]
    [InlineData("../kernels/virt")]
    [InlineData("/etc/passwd")]
    public void A_name_that_is_no_device_is_KB9001(string name) => Findings.Of("KB9001", () => Catalog.Find(name));

    [Fact]
    public void Without_any_device_the_answer_says_so() =>
        Findings.Of("KB9001", () => new DeviceCatalog(_folder["nowhere"]).Find("virt")).Fix.ShouldContain("devices: none");

    public void Dispose() => _folder.Dispose();
}
