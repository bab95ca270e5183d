using System.Runtime.InteropServices;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Disassembly;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.KernelImages.Tables;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Field;

/// <summary>Kernels by clang with link-time optimization and kCFI.</summary>
public sealed class LinkTimeOptimization
{
    private const string Kernel = "k12-6.12-lto-cfi";

    [Fact]
    public void A_fixup_whose_hook_is_a_stub_names_the_function_of_the_source() =>
        RecoveredTables.Of(FieldKernels.Open(Kernel)).DmaAliases
            .Select(entry => (entry.Vendor, entry.Device, entry.Handler))
            .ShouldBe([((ushort)0x1b4b, (ushort)0x9120, "quirk_dma_func0_alias")]);

    [Fact]
    public void A_hash_in_front_of_a_function_is_no_jump()
    {
        var image = FieldKernels.Open(Kernel);
        image.ReadSymbols().TryFind("probe_attach_free_310", out var function).ShouldBeTrue();

        new CallerSearch(image).Of(new HashSet<ulong> { function.Address })[function.Address]
            .ShouldNotContain(reference => reference.From == 0xffff800080012108);
        new CodeMap(image).IsTypeHash(0xffff800080012108).ShouldBeTrue();
        new Disassembler(image).List(0xffff800080012108)[^1].Text.ShouldBe(".inst\t0x36b009c6");
    }

    [Fact]
    public void A_word_that_no_instruction_has_is_not_spelled() =>
        new Disassembler(FieldKernels.Open(Kernel)).List(0xffff80008001234c).Single(line => line.Word == 0x72c1bba1).Text
            .ShouldBe(".inst\t0x72c1bba1");

    /// <summary>Callers through pointers say that there are hashes at all, and which.</summary>
    [Fact]
    public void With_callers_that_compare_hashes_what_lies_behind_a_return_in_front_of_a_function_is_one()
    {
        var (bytes, _) = SyntheticKernel.Make(SyntheticLayout.WithSequences, isRelocatable: true);
        void Write(int function, params uint[] words) => MemoryMarshal.AsBytes(words.AsSpan())
            .CopyTo(bytes.AsSpan(SyntheticKernel.TextOffset + (function * SyntheticKernel.FunctionLength)));
        // movk, movk, cmp, b.eq, brk, blr
        Write(100, 0x72824690, 0x72a28010, 0x6b11021f, 0x54000040, 0xd4304100, 0xd63f0100, 0xd65f03c0, 0);
        Write(102, 0x94000004, 0xd503201f, 0xd65f03c0, 0x17ffff00); // ret, and a hash that reads as a branch
        Write(104, 0x94000004, 0xd503201f, 0x94000010, 0x14001234); // a call that never returns, and the hash that is compared
        Write(106, 0x94000004, 0x54000040, 0xd65f03c0, 0x17ffff00); // a branch that another one goes to
        Write(108, 0x94000004, 0xd65f03c0, 0xd65f03c0, 0xd503201f); // padding
        // behind the function what takes the place of other instructions (mrs), then the hash: one that is compared, and a tbz
        Write(110, 0xd65f03c0, 0xd53cd048, 0xd53cd048, 0x14001234);
        Write(112, 0xd65f03c0, 0xd53cd048, 0xd53cd048, 0x36b1c5a6);
        Write(114, 0x54000040, 0xd65f03c0, 0xd53cd048, 0x36b1c5a6); // the mrs is branched to
        var code = new CodeMap(new KernelImage(bytes));

        Enumerable.Range(100, 16)
            .Where(function => code.IsTypeHash(
                SyntheticKernel.Address(SyntheticKernel.TextOffset + ((function + 1) * SyntheticKernel.FunctionLength) - 4)))
            .ShouldBe([102, 104, 110, 112]);
    }

    /// <summary>lld makes NOP and ADR of ADRP and ADD where the address is near, so that a function may have no ADRP at all.</summary>
    [Fact]
    public void An_address_that_is_near_is_taken_without_its_page()
    {
        var (bytes, _) = SyntheticKernel.Make(SyntheticLayout.WithSequences, isRelocatable: true);
        MemoryMarshal.AsBytes((ReadOnlySpan<uint>)[0xd503201f, 0x10000168, 0xd65f03c0, 0]) // nop; adr x8, . + 44; ret
            .CopyTo(bytes.AsSpan(SyntheticKernel.TextOffset + (100 * SyntheticKernel.FunctionLength)));
        var image = new KernelImage(bytes);
        var wanted = SyntheticKernel.Address(SyntheticKernel.TextOffset + (103 * SyntheticKernel.FunctionLength));
        var from = SyntheticKernel.Address(SyntheticKernel.TextOffset + (100 * SyntheticKernel.FunctionLength) + 4);

        AddressScan.ToFunctions(image, new CodeMap(image), new HashSet<ulong> { wanted }).ShouldContain(reference => reference.From == from);
    }

    [Theory]
    [InlineData("arm_smmu_device_group", "arm_smmu_device_group")]
    [InlineData("arm_smmu_device_group.llvm.1234567890", "arm_smmu_device_group")]
    [InlineData("f.constprop.0", "f")]
    [InlineData("f.part.0.isra.0", "f")]
    [InlineData("f.cfi_jt", "f")]
    [InlineData("f.cold", "f")]
    [InlineData("f$0a1b2c3d", "f")]
    [InlineData("__UNIQUE_ID_quirk_dma_func0_alias1405", "quirk_dma_func0_alias")]
    [InlineData("__UNIQUE_ID_quirk_dma_func0_alias_1405", "quirk_dma_func0_alias")]
    [InlineData("__UNIQUE_ID_quirk_dma_func1_alias87.llvm.9", "quirk_dma_func1_alias")]
    [InlineData("__initstub__kmod_arm_smmu__312_2281_arm_smmu_driver_init6", "arm_smmu_driver_init")]
    [InlineData("__initstub__kmod_core__99_12_probe_init26s", "probe_init2")]
    [InlineData("__initstub__kmod_trace__99_12_trace_initearly", "trace_init")]
    [InlineData("__do_softirq", "__do_softirq")]
    [InlineData(".text", ".text")]
    public void The_name_in_the_source_is_found_under_what_compilers_made_of_it(string name, string expected) =>
        SourceName.Of(name).ShouldBe(expected);
}
