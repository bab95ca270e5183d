using KernelBuild.Host.Processes;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// Header version 2: a device tree of the device's own, with an overlay, compared with what dtc, fdtoverlay and unpack_bootimg say.
/// </summary>
public sealed class DeviceTreesInTheImage : IAsyncLifetime
{
    private readonly MiniKernel _mini = new();

    public async ValueTask InitializeAsync()
    {
        await _mini.PublishAsync();
        _mini.Write("kernels/mini/board.dts", "/dts-v1/;\n#include \"board.dtsi\"\n/ { model = \"Mini\"; };\n");
        _mini.Write("kernels/mini/board.dtsi", "/ { pcie: pcie@0 { iommu-map-mask = <0xff00>; }; };\n");
        _mini.Write("kernels/mini/isolate.dtso", "/dts-v1/;\n/plugin/;\n&pcie { iommu-map-mask = <0xffffffff>; };\n");
        _mini.Write("kernels/mini/mini.kernelproj", MiniKernel.Project("console=ttyAMA0", """
              <PropertyGroup>
                <BootImageVersion>2</BootImageVersion>
                <OsVersion>14.0.0</OsVersion>
                <OsPatchLevel>2026-11</OsPatchLevel>
              </PropertyGroup>
              <ItemGroup>
                <DeviceTree Include="board.dts" />
                <DeviceTreeOverlay Include="isolate.dtso" />
              </ItemGroup>
            """));
    }

    public ValueTask DisposeAsync()
    {
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_tree_in_boot_img_is_the_one_that_dtc_and_fdtoverlay_make_as_unpack_bootimg_takes_it_out()
    {
        var build = await _mini.BuildAsync();
        build.ExitCode.ShouldBe(0, build.Output);
        var script = """
            set -e
            unpack_bootimg --boot_img artifacts/mini/boot.img --out unpacked
            cd kernels/mini
            clang-19 -E -nostdinc -undef -x assembler-with-cpp board.dts | dtc -q -@ -I dts -O dtb -o ../../base.dtb -
            dtc -q -@ -I dts -O dtb -o ../../overlay.dtbo isolate.dtso
            cd ../..
            fdtoverlay -i base.dtb -o expected.dtb overlay.dtbo
            cmp expected.dtb unpacked/dtb
            cmp expected.dtb artifacts/mini/dtbs/board.dtb
            gzip -dc unpacked/kernel | cmp - artifacts/mini/Image
            """;
        var oracle = await Repository.RunAsync(Command.WithFullEnvironment("sh").WithArguments("-c", script).In(_mini.Root));
        oracle.ExitCode.ShouldBe(0, oracle.Output);
        oracle.Output.ShouldContain("os version: 14.0.0");
        oracle.Output.ShouldContain("os patch level: 2026-11");
    }

    [Fact]
    public async Task An_edit_of_an_included_file_reaches_the_image()
    {
        (await _mini.BuildAsync()).ExitCode.ShouldBe(0);
        var before = await File.ReadAllBytesAsync(Path.Combine(_mini.Artifacts, "boot.img"), TestContext.Current.CancellationToken);
        _mini.Write("kernels/mini/board.dtsi", "/ { pcie: pcie@0 { iommu-map-mask = <0xff00>; dma-coherent; }; };\n");
        var second = await _mini.BuildAsync();
        second.ExitCode.ShouldBe(0, second.Output);
        (await File.ReadAllBytesAsync(Path.Combine(_mini.Artifacts, "boot.img"), TestContext.Current.CancellationToken)).ShouldNotBe(before);
    }

    [Fact]
    public async Task An_error_of_dtc_has_file_and_line()
    {
        _mini.Write("kernels/mini/board.dtsi", "/ {\n\tpcie: pcie@0 { iommu-map-mask = <0xff00> };\n};\n");
        var build = await _mini.BuildAsync();
        build.ExitCode.ShouldBe(1, build.Output);
        build.Output.ShouldContain("board.dtsi(2,");
        build.Output.ShouldContain("error KB4003: ");
    }

    [Fact]
    public async Task An_overlay_that_names_an_unknown_label_is_an_error()
    {
        _mini.Write("kernels/mini/isolate.dtso", "/dts-v1/;\n/plugin/;\n&pcie9 { iommu-map-mask = <0xffffffff>; };\n");
        var build = await _mini.BuildAsync();
        build.ExitCode.ShouldBe(1, build.Output);
        build.Output.ShouldContain("KB4003");
    }
}
