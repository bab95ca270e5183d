using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Tests.Symbols;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Field;

/// <summary>Layouts of vendors' kernels: what /proc/kallsyms would list, and the address of the first byte.</summary>
public sealed class SymbolsOfVendorsKernels
{
    public static TheoryData<string> Kernels => [.. FieldKernels.Names];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Symbols_and_the_base_are_the_kernel_s_own(string name)
    {
        var image = FieldKernels.Open(name);

        ProcKallsyms.Of(image).AsSpan().SequenceEqual(FieldKernels.Symbols(name)).ShouldBeTrue();
        image.Base.ShouldBe(FieldKernels.Base(name));
    }

    [Fact]
    public void A_damaged_relocation_table_is_blamed_where_addresses_are_relocated()
    {
        var image = FieldKernels.Image("k03-4.14-absolute-relocated");
        for (var at = 0; at + 24 <= image.Length; at += 8)
        {
            if (BitConverter.ToUInt64(image, at) == 0x403)
            {
                image[at] = 0;
            }
        }

        new KernelImage(image).TryGetSymbols(out _, out var error).ShouldBeFalse();

        error!.Code.ShouldBe("KB8005");
        error.Message.ShouldContain("1004 names, but no addresses");
        error.Fix.ShouldContain(".rela.dyn");
    }
}
