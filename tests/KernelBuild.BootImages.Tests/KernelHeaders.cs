using KernelBuild.Compression.Recognition;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests;

public sealed class KernelHeaders
{
    [Fact]
    public void An_arm64_Image_says_how_it_wants_to_be_loaded()
    {
        Arm64Image.TryRead(Samples.Kernel(), out var image).ShouldBeTrue();

        image.ImageSize.ShouldBe(0x10_0000u);
        image.TextOffset.ShouldBe(0u);
        image.PageSize.ShouldBe(4096);
        image.IsBigEndian.ShouldBeFalse();
        image.MayBePlacedAnywhere.ShouldBeTrue();
        Arm64Image.TryRead(Samples.Kernel().AsSpan(0, 63), out _).ShouldBeFalse();
        Arm64Image.TryRead(new byte[64], out _).ShouldBeFalse();
    }

    [Fact]
    public void The_banner_is_found_behind_the_format_string() =>
        LinuxBanner.Find(Samples.Kernel()).ShouldBe("Linux version 6.1.0-test (builder@host) (clang) #1 SMP");

    [Fact]
    public void Where_there_is_no_banner_there_is_none()
    {
        LinuxBanner.Find("Linux version %s\0Linux version 6"u8).ShouldBeNull();
        LinuxBanner.Find([]).ShouldBeNull();
    }
}
