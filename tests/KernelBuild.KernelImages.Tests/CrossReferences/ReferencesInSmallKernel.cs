using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Properties;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.KernelImages.Tables;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.CrossReferences;

public sealed class ReferencesInSmallKernel
{
    private readonly KernelImage _image = new(SyntheticKernel.Make(SyntheticLayout.WithSequences, isRelocatable: true).Image);

    private KernelSymbol Symbol(string name) => _image.ReadSymbols().TryFind(name, out var symbol) ? symbol : default;

    [Fact]
    public void A_function_is_called_directly_and_pointed_to_by_a_table_whose_type_is_recognised()
    {
        var function = Symbol("first_probe").Address;

        var references = new CallerSearch(_image).Of(new HashSet<ulong> { function })[function].ToArray();

        references.Select(reference => (reference.Kind, reference.Function, reference.Member)).ShouldBe(
            [(ReferenceKind.Call, "pci_quirk_mf_endpoint_acs", ""), (ReferenceKind.DataPointer, "first_ops", "driver_ops.probe")]);
    }

    /// <summary>As in a kernel whose symbols are functions only: .exit.text, and the code in front of .init.text, have none.</summary>
    [Theory]
    [InlineData(SyntheticLayout.WithSequences)]
    [InlineData(SyntheticLayout.PlaceRelative)]
    public void Calls_and_pointers_in_code_without_symbols_are_found(SyntheticLayout layout)
    {
        var image = new KernelImage(SyntheticKernel.Make(layout, isRelocatable: true, callee: 60).Image);
        var function = SyntheticKernel.Address(SyntheticKernel.TextOffset + (60 * SyntheticKernel.FunctionLength));

        new CallerSearch(image).Of(new HashSet<ulong> { function })[function].Select(reference => (reference.Kind, reference.From)).ShouldBe(
            [
                (ReferenceKind.Call, function - SyntheticKernel.FunctionLength), (ReferenceKind.Call, SyntheticKernel.Address(0x6000)),
                (ReferenceKind.Call, SyntheticKernel.Address(0x7100)), (ReferenceKind.DataPointer, SyntheticKernel.Address(0x6010)),
            ], ignoreOrder: true);
    }

    [Fact]
    public void A_backward_trace_ends_at_a_probe_and_a_forward_one_follows_calls()
    {
        var backward = new BackwardTrace(new CallerSearch(_image), 5).From(Symbol("passes_on"));
        backward.Next.Select(node => node.Name).ShouldBe(["first_probe", "reads_through"]);
        backward.Next[0].Note.ShouldBe("probe of a driver");

        var forward = new ForwardTrace(_image, 3).From(Symbol("reads_through"));
        forward.Next.Single().Name.ShouldBe("passes_on");
        forward.Next.Single().Next.Single().Name.ShouldBe("of_find_property");
    }

    [Fact]
    public void A_string_is_found_with_the_function_that_takes_its_address()
    {
        var found = new StringSearch(_image).Find(["stat"]).Single();

        found.Text.ShouldBe("status");
        found.References.Single().Function.ShouldBe("reads_a_property");
    }

    [Fact]
    public void Properties_are_resolved_also_through_a_function_that_passes_the_name_on()
    {
        var reads = new PropertySearch(_image).Find();

        reads.Single(read => read.Function == "reads_a_property").Properties.ShouldBe(["status"]);
        reads.Single(read => read.Function == "passes_on").PassedOn.ShouldBeTrue();
        reads.Single(read => read.Function == "reads_through").Properties.ShouldBe(["reg"]);
        reads.Single(read => read.Function == "first_probe").PassedOn.ShouldBeTrue();
    }

    [Fact]
    public void The_table_of_ACS_quirks_is_read_with_its_handlers()
    {
        RecoveredTables.Of(_image).IsolationQuirks.Select(entry => (entry.Vendor, entry.Device, entry.Handler)).ShouldBe(
            [
                ((ushort)0x8086, (ushort)0x10c6, "pci_quirk_mf_endpoint_acs"), (0x8086, 0x10db, "pci_quirk_mf_endpoint_acs"),
                (0x8086, 0x10dd, "pci_quirk_mf_endpoint_acs"),
            ]);
    }
}
