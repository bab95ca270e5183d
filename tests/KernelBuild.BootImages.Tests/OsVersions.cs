using KernelBuild.BootImages.Boot;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Tests;

public sealed class OsVersions
{
    [Fact]
    public void The_word_of_a_real_image_is_read()
    {
        // cuttlefish-init_boot-v4.img
        var version = new OsVersion(0x1800_0163);

        version.VersionText.ShouldBe("12.0.0");
        version.PatchLevelText.ShouldBe("2022-03");
        OsVersion.Parse("12", "2022-03-05").ShouldBe(version);
    }

    [Fact]
    public void Nothing_is_zero()
    {
        OsVersion.Parse(null, "").Raw.ShouldBe(0u);
        default(OsVersion).VersionText.ShouldBeNull();
        default(OsVersion).PatchLevelText.ShouldBeNull();
        default(OsVersion).IsValid.ShouldBeTrue();
    }

    [Theory]
    [InlineData("128", null)]
    [InlineData("1.2.3.4", null)]
    [InlineData("1..2", null)]
    [InlineData("-1", null)]
    [InlineData(null, "2024")]
    [InlineData(null, "1999-12")]
    [InlineData(null, "2128-01")]
    [InlineData(null, "2024-13")]
    [InlineData(null, "2024-00")]
    [InlineData(null, "2024-05-32")]
    public void A_text_of_another_form_is_refused(string? version, string? patchLevel) =>
        Should.Throw<DiagnosticException>(() => OsVersion.Parse(version, patchLevel)).Diagnostics
            .Single().Code
            .ShouldBe(DiagnosticCodes.BootImageHeaderInvalid);
}
