using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Configuration;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Inspection;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Configuration;

public sealed class ConfigurationOfKernels
{
    [FactWithKernel("own")]
    public void The_embedded_configuration_is_the_built_one_byte_for_byte()
    {
        EmbeddedConfiguration.TryRead(OwnKernel.Read("Image"), out var text, out var error).ShouldBeTrue(error?.ToString());

        text.Span.SequenceEqual(OwnKernel.Read("config")).ShouldBeTrue();
    }

    [FactWithKernel("own")]
    public void Nothing_that_is_inferred_of_our_kernel_is_off() =>
        Compare(OwnKernel.Open(), File.ReadAllLines(OwnKernel.PathOf("config")), 25);

    [FactWithKernel("6.1")]
    public void Nothing_that_is_inferred_of_Debian_6_1_is_off() =>
        Compare(DebianKernels.Open("6.1"), DebianKernels.Configuration("6.1"), 45);

    [FactWithKernel("6.12")]
    public void Nothing_that_is_inferred_of_Debian_6_12_is_off() =>
        Compare(DebianKernels.Open("6.12"), DebianKernels.Configuration("6.12"), 45);

    [FactWithKernel("6.12")]
    public void Debian_6_12_at_a_glance()
    {
        var facts = KernelFacts.Of(DebianKernels.Open("6.12"));

        facts.Version.ShouldStartWith("6.12.");
        facts.Compiler.ShouldStartWith("aarch64-linux-gnu-gcc-12");
        (facts.Header!.PageSize, facts.AddressBits, facts.Base, facts.Randomized, facts.HasDataSymbols, facts.ConfigurationLength).ShouldBe(
            (4096, 48, 0xffff_8000_8000_0000, true, true, 0));
        facts.TypeCount.ShouldBeGreaterThan(100_000);
    }

    [Fact]
    public void A_kernel_without_one_says_so_and_a_damaged_one_too()
    {
        EmbeddedConfiguration.TryRead(new byte[4096], out _, out var none).ShouldBeFalse();
        none!.Code.ShouldBe("KB8008");
        EmbeddedConfiguration.TryRead((byte[])[.. "IKCFG_ST"u8, 0x1f, 0x8b, 8, 0, 1, 2, 3], out _, out var damaged).ShouldBeFalse();
        (damaged!.Code, damaged.Offset).ShouldBe(("KB8008", 8));
    }

    private static void Compare(KernelImage image, string[] configuration, int fewest)
    {
        var inferred = InferredConfiguration.Of(image);

        inferred.Select(option => $"{option.Name}={option.Value}").Except(configuration).ShouldBeEmpty();
        inferred.Length.ShouldBeGreaterThan(fewest);
    }
}
