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
    private readonly HashedCalls _hashed;

    /// <exception cref="Diagnostics.DiagnosticException">KB8005 or KB8006.</exception>
    public CallerSearch(KernelImage image)
    {
        _image = image;
        _code = new CodeMap(image);
        _types = TypeTable.TryFind(image.Bytes, out var types, out _) ? types : null;
        _tables = new FunctionTables(image, _code, _types);
        _hashed = new HashedCalls(_code);
    }

    /// <summary>All references to functions, by the function.</summary>
    /// <param name="functions">First addresses.</param>
    /// <param name="throughPointers">Whether calls through members are looked for, too.</param>
    /// <param name="mostAlike">
    /// In a kernel with kCFI, for functions whose address something holds and that no call through a member is found of: every call that compares
    /// its hash, unless more functions than this have it; 0 for none of these calls.
    /// </param>
    public ILookup<ulong, Reference> Of(IReadOnlySet<ulong> functions, bool throughPointers = true, int mostAlike = 0)
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

        if (mostAlike > 0)
        {
            var held = found.Where(reference => reference.Kind is ReferenceKind.DataPointer or ReferenceKind.Address).Select(reference => reference.To);
            var known = found.Where(reference => reference.Kind == ReferenceKind.ThroughPointer).Select(reference => reference.To);
            found.AddRange(held.Except(known).ToArray().SelectMany(function => _hashed.To(function, mostAlike)));
        }

        return found.ToLookup(reference => reference.To);
    }
}
