using KernelBuild.KernelImages.Code;

namespace KernelBuild.KernelImages.Tests.CrossReferences;

/// <summary>Where a function keeps its registers while it calls others; words as clang wrote them.</summary>
public sealed class SlotsOfFrames
{
    private const uint StoreX0 = 0xf9000be0; // str x0, [sp, #0x10]
    private const uint LoadX0 = 0xf9400be0; // ldr x0, [sp, #0x10]
    private const uint Call = 0x94000010;

    [Fact]
    public void What_is_stored_and_loaded_with_64_bits_is_one()
    {
        var slots = new StackSlots([0xd10103ff, StoreX0, Call, LoadX0]);
        slots.Count.ShouldBe(1);
        slots.TryAccess(StoreX0, out var isLoad, out var first, out var second).ShouldBeTrue();
        (isLoad, first, second).ShouldBe((false, 0, -1));
        slots.TryAccess(LoadX0, out isLoad, out first, out _).ShouldBeTrue();
        (isLoad, first).ShouldBe((true, 0));
        slots.TryAccess(0xf9400fe0, out _, out _, out _).ShouldBeFalse(); // ldr x0, [sp, #0x18]
    }

    [Theory]
    [InlineData(true, 0x290107e2u)] // stp w2, w1, [sp, #0x8]: up to 0x10
    [InlineData(false, 0x290207e2u)] // stp w2, w1, [sp, #0x10]
    [InlineData(false, 0xb90013e0u)] // str w0, [sp, #0x10]
    [InlineData(false, 0x390053e0u)] // strb w0, [sp, #0x14]
    [InlineData(false, 0x3d8003e0u, 0x3c8083e0u)] // str q0, [sp]; stur q0, [sp, #0x8]
    [InlineData(false, 0xad0003e0u)] // stp q0, q0, [sp]: up to 0x20
    [InlineData(false, 0x910043e1u)] // add x1, sp, #0x10: somebody else may write there
    [InlineData(false, 0x910023e1u)] // add x1, sp, #0x8: an object that may reach so far
    [InlineData(true, 0x910063e1u)] // add x1, sp, #0x18
    [InlineData(false, 0x910083fdu, 0xd10043a4u)] // add x29, sp, #0x20; sub x4, x29, #0x10
    [InlineData(true, 0x910083fdu, 0xd10013a4u)] // add x29, sp, #0x20; sub x4, x29, #0x4
    public void What_is_written_in_parts_or_by_others_is_none(bool isSlot, params uint[] more) =>
        new StackSlots([.. more, StoreX0, Call, LoadX0]).Count.ShouldBe(isSlot ? 1 : 0);

    [Fact]
    public void The_frame_pointer_names_the_same_places()
    {
        var slots = new StackSlots([0x910083fd, 0xf81f03a0, Call, LoadX0]); // add x29, sp, #0x20; stur x0, [x29, #-0x10]
        slots.TryAccess(0xf81f03a0, out var isLoad, out var first, out _).ShouldBeTrue();
        (isLoad, first).ShouldBe((false, 0));
    }
}
