using System.Globalization;
using System.Runtime.InteropServices;
using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Image;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Field;

/// <summary>clang lays functions out as the source has them, so that the pointers of a table of operations ascend.</summary>
public sealed class TablesInAscendingOrder
{
    [Theory]
    [InlineData("k10-6.12-ascending-operations")]
    [InlineData("k11-4.14-ascending-operations")]
    public void Every_member_of_such_a_table_is_a_reference(string name)
    {
        var image = FieldKernels.Open(name);
        var search = new CallerSearch(image);
        foreach (var (function, place) in FieldKernels.Pointers(name))
        {
            image.ReadSymbols().TryFind(function, out var symbol).ShouldBeTrue();
            search.Of(new HashSet<ulong> { symbol.Address })[symbol.Address]
                .Where(reference => reference.Kind == ReferenceKind.DataPointer)
                .Select(reference => string.Create(CultureInfo.InvariantCulture, $"{reference.Function}+0x{reference.Offset:x}"))
                .ShouldContain(place, function);
        }
    }

    /// <summary>The truth is the file itself and System.map: words in data that equal the address of a function.</summary>
    [FactWithKernel("own")]
    public void Every_pointer_to_a_function_that_lies_in_data_of_our_kernel_is_found()
    {
        var map = File.ReadLines(OwnKernel.PathOf("System.map")).Select(line => line.Split(' '))
            .Select(words => (Address: Convert.ToUInt64(words[0], 16), Type: words[1][0], Name: words[2]))
            .OrderBy(symbol => symbol.Address).ToArray();
        var functions = map.Where(symbol => symbol.Type is 't' or 'T').Select(symbol => symbol.Address).ToHashSet();
        var starts = map.Select(symbol => symbol.Address).ToArray();
        var image = OwnKernel.Open();
        var begin = map.First(symbol => symbol.Name == "_text").Address;
        var expected = new HashSet<(ulong, ulong)>();
        foreach (var (i, quad) in MemoryMarshal.Cast<byte, ulong>(image.Bytes.Span).ToArray().Index())
        {
            var place = begin + ((ulong)i * sizeof(ulong));
            var at = Array.BinarySearch(starts, place);
            var symbol = map[at < 0 ? ~at - 1 : at];
            if (functions.Contains(quad) && "dDrR".Contains(symbol.Type, StringComparison.Ordinal)
                && !symbol.Name.StartsWith("__", StringComparison.Ordinal))
            {
                expected.Add((place, quad));
            }
        }

        var found = new CallerSearch(image).Of(functions, throughPointers: false)
            .SelectMany(references => references).Where(reference => reference.Kind == ReferenceKind.DataPointer)
            .Select(reference => (reference.From, reference.To)).ToHashSet();

        expected.Count.ShouldBeGreaterThan(2000);
        expected.Except(found).ShouldBeEmpty();
    }

    /// <summary>Debian's 6.1 has tens of thousands of places that ftrace patches, and no names of data that delimit them.</summary>
    [FactWithKernel("6.1")]
    public void The_places_that_ftrace_patches_are_no_references()
    {
        var image = DebianKernels.Open("6.1");
        var symbols = image.ReadSymbols();
        symbols.TryFind("__start_mcount_loc", out _).ShouldBeFalse();
        var functions = Enumerable.Range(0, symbols.Count).Select(index => symbols[index]).Where(symbol => symbol.IsCode)
            .Select(symbol => symbol.Address).ToHashSet();
        var pointers = PointerScan.To(image, functions);
        var tables = new CallerSearch(image).Of(functions, throughPointers: false).SelectMany(references => references)
            .Where(reference => reference.Kind == ReferenceKind.DataPointer)
            .Select(reference => reference.From).ToHashSet();

        // the list is the longest gapless run of pointers that are left out
        var left = pointers.Select(pointer => pointer.Place).Where(place => !tables.Contains(place)).Order().ToArray();
        left.Length.ShouldBeGreaterThan(30_000);
        left.Zip(left.Skip(1)).Count(pair => pair.Second - pair.First == sizeof(ulong)).ShouldBeGreaterThan(left.Length * 9 / 10);
        var site = left[left.Length / 2];
        image.TryOffset(image.ReadPointer(site), out var offset).ShouldBeTrue();
        KernelBytes.U32(image.Bytes.Span, offset).ShouldBe(0xd503201f);
    }
}
