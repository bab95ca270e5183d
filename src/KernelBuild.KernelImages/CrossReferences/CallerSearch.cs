using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>
/// Who calls functions: directly, through tables that point to them, through the members of such tables; and who takes their address to
/// hand it on.
/// </summary>
public sealed class CallerSearch
{
    private readonly KernelImage _image;
    private readonly CodeMap _code;
    private readonly TypeTable? _types;
    private readonly FunctionTables _tables;

    /// <exception cref="Diagnostics.DiagnosticException">KB8005 or KB8006.</exception>
    public CallerSearch(KernelImage image)
    {
        _image = image;
        _code = new CodeMap(image);
        _types = TypeTable.TryFind(image.Bytes, out var types, out _) ? types : null;
        _tables = new FunctionTables(image, _code, _types);
    }

    /// <summary>All references to functions, by the function.</summary>
    /// <param name="functions">First addresses.</param>
    /// <param name="throughPointers">Whether calls through members are looked for, too.</param>
    /// <param name="byHash">
    /// Whether a kernel with kCFI is asked for every call that may be of a function, those that compare its hash, where no call through a member
    /// is found.
    /// </param>
    public ILookup<ulong, Reference> Of(IReadOnlySet<ulong> functions, bool throughPointers = true, bool byHash = false)
    {
        var found = new List<Reference>(CallScan.To(_code, functions));
        found.AddRange(AddressScan.ToFunctions(_image, _code, functions));
        found.AddRange(InitCalls.To(_image, _code, functions));
        var pointers = _tables.To(functions);
        found.AddRange(pointers.Select(pointer => pointer.Reference));
        if (throughPointers && _types is not null)
        {
            found.AddRange(PointerCalls.OfKnown(_image, _code, _types, functions, pointers.Select(pointer => pointer.Reference.From)));
        }

        if (throughPointers && _types is not null && pointers.Any(pointer => pointer.Slot is not null))
        {
            var slots = pointers
                .Where(pointer => pointer.Slot is not null)
                .ToLookup(pointer => (pointer.Slot!.Struct, pointer.Slot.Offset), pointer => pointer.Reference.To);
            foreach (var (reference, slot) in PointerCalls.Through(
                _image, _code, _types, _tables.Prototypes!,
                [.. pointers.Where(pointer => pointer.Slot is not null).Select(pointer => (pointer.Slot!, pointer.Reference.To))]))
            {
                found.AddRange(slots[(slot.Struct, slot.Offset)].Distinct().Select(function => reference with { To = function }));
            }
        }

        if (byHash)
        {
            var calls = new HashedCalls(_code);
            var known = found.Where(reference => reference.Kind == ReferenceKind.ThroughPointer).Select(reference => reference.To).ToHashSet();
            found.AddRange(functions.Except(known).SelectMany(calls.To));
        }

        return found.ToLookup(reference => reference.To);
    }
}
