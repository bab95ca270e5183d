using System.Runtime.InteropServices;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Symbols;

/// <summary>Every layout since 4.4 is found by its structure; nothing in the images says which it is.</summary>
public sealed class LayoutsOfKallsyms
{
    [Theory]
    [InlineData(SyntheticLayout.Absolute, false, KallsymsAddressForm.Absolute)]
    [InlineData(SyntheticLayout.BaseInFront, false, KallsymsAddressForm.BaseRelative)]
    [InlineData(SyntheticLayout.BaseInFront, true, KallsymsAddressForm.BaseRelative)]
    [InlineData(SyntheticLayout.NarrowMarkers, false, KallsymsAddressForm.BaseRelative)]
    [InlineData(SyntheticLayout.NarrowMarkers, true, KallsymsAddressForm.BaseRelative)]
    [InlineData(SyntheticLayout.WithSequences, true, KallsymsAddressForm.BaseRelative)]
    [InlineData(SyntheticLayout.BaseBehind, false, KallsymsAddressForm.BaseRelative)]
    [InlineData(SyntheticLayout.BaseBehind, true, KallsymsAddressForm.BaseRelative)]
    [InlineData(SyntheticLayout.PlaceRelative, true, KallsymsAddressForm.PlaceRelative)]
    public void Symbols_are_listed_as_they_were_put_in(SyntheticLayout layout, bool isRelocatable, KallsymsAddressForm form)
    {
        var (bytes, kernel) = SyntheticKernel.Make(layout, isRelocatable);
        var image = new KernelImage(bytes);

        image.TryGetSymbols(out var symbols, out var error).ShouldBeTrue(error?.ToString());

        symbols!.Form.ShouldBe(form);
        image.Base.ShouldBe(SyntheticKernel.Base);
        Encoding.ASCII.GetString(ProcKallsyms.Of(image)).ShouldBe(kernel.Listing);
    }

    [Fact]
    public void The_address_of_a_place_relative_kernel_that_cannot_be_moved_is_told_by_the_pointers_in_its_data()
    {
        var (bytes, kernel) = SyntheticKernel.Make(SyntheticLayout.PlaceRelative, isRelocatable: false);

        var image = new KernelImage(bytes);

        image.Base.ShouldBe(SyntheticKernel.Base);
        Encoding.ASCII.GetString(ProcKallsyms.Of(image)).ShouldBe(kernel.Listing);
    }

    [Fact]
    public void Without_pointers_such_a_kernel_has_no_known_address_and_says_so()
    {
        var (bytes, _) = SyntheticKernel.Make(SyntheticLayout.PlaceRelative, isRelocatable: false);
        var quads = MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan());
        for (var i = 0; i < quads.Length; i++)
        {
            quads[i] = quads[i] >> 32 == SyntheticKernel.Base >> 32 ? 0 : quads[i];
        }

        new KernelImage(bytes).TryGetSymbols(out _, out var error).ShouldBeFalse();

        error!.Code.ShouldBe("KB8006");
        new KernelImage(bytes, SyntheticKernel.Base).TryGetSymbols(out var symbols, out _).ShouldBeTrue();
        symbols!.AddressOf("_text").ShouldBe(SyntheticKernel.Base);
    }

    [Fact]
    public void Names_are_found_and_addresses_belong_to_the_symbol_below_them()
    {
        var (bytes, _) = SyntheticKernel.Make(SyntheticLayout.NarrowMarkers, isRelocatable: true);
        var symbols = new KernelImage(bytes).ReadSymbols();

        symbols.TryFind("function_0123", out var symbol).ShouldBeTrue();
        symbol.Address.ShouldBe(SyntheticKernel.Address(SyntheticKernel.TextOffset + (123 * SyntheticKernel.FunctionLength)));
        symbols[symbols.IndexBelow(symbol.Address + 12)].Name.ShouldBe("function_0123");
        symbols.EndOf(symbol.Address).ShouldBe(symbol.Address + SyntheticKernel.FunctionLength);
        symbols.TryFind("function_", out _).ShouldBeFalse();
        symbols.IndexBelow(SyntheticKernel.Base - 1).ShouldBe(-1);
    }

    [Fact]
    public void Without_kallsyms_and_with_damaged_ones_the_finding_says_what_is_missing()
    {
        new KernelImage(new byte[1 << 16]).TryGetSymbols(out _, out var none).ShouldBeFalse();
        none!.Code.ShouldBe("KB8005");
        none.Message.ShouldContain("no token table");

        var (bytes, _) = SyntheticKernel.Make(SyntheticLayout.NarrowMarkers, isRelocatable: true);
        bytes.AsSpan(0x9000, 0x1800).Fill(0x11);
        new KernelImage(bytes).TryGetSymbols(out _, out var damaged).ShouldBeFalse();
        damaged!.Code.ShouldBe("KB8005");
    }
}
