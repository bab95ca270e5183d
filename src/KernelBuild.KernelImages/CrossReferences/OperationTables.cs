using System.Globalization;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>All tables of operations of a kernel that somebody is interested in.</summary>
public static class OperationTables
{
    private const ulong LongestTable = 4096;

    /// <summary>By the types of the kernel.</summary>
    /// <param name="image">The kernel.</param>
    /// <param name="wanted">Names of structures.</param>
    /// <returns>Null when the kernel has no types (BTF).</returns>
    /// <exception cref="Diagnostics.DiagnosticException">KB8005 or KB8006.</exception>
    public static IReadOnlyList<Operation>? ByTypes(KernelImage image, Func<string, bool> wanted)
    {
        if (!TypeTable.TryFind(image.Bytes, out var types, out _))
        {
            return null;
        }

        var code = new CodeMap(image);
        var targets = new SlotTargets(image, code, types);
        return
        [
            .. Enumerable.Range(1, types.Count)
                .Where(type => types.KindOf(type) == TypeKind.Struct && wanted(types.NameOf(type)))
                .SelectMany(type => MemberSlots.Of(types, type))
                .SelectMany(slot => targets.Of((slot.Struct, slot.Offset)).Select(target => new Operation(slot.Name, code.NameAt(target.Function), target.Table)))
                .Distinct(),
        ];
    }

    /// <summary>By the names of data that end in "ops": every pointer to a function in them.</summary>
    /// <param name="image">The kernel.</param>
    /// <param name="wanted">Names of tables.</param>
    /// <returns>Empty when the kernel names functions only.</returns>
    /// <exception cref="Diagnostics.DiagnosticException">KB8005 or KB8006.</exception>
    public static IReadOnlyList<Operation> BySymbols(KernelImage image, Func<string, bool> wanted)
    {
        var code = new CodeMap(image);
        var found = new List<Operation>();
        for (var i = 0; i < code.Symbols.Count; i++)
        {
            var symbol = code.Symbols[i];
            if (symbol.IsCode || !symbol.Name.EndsWith("ops", StringComparison.Ordinal) || !wanted(symbol.Name))
            {
                continue;
            }

            var end = Math.Min(code.Symbols.EndOf(symbol.Address), symbol.Address + LongestTable);
            for (var place = symbol.Address; place + sizeof(ulong) <= end; place += sizeof(ulong))
            {
                if (image.ReadPointer(place) is not 0 and var target && code.IsCode(target))
                {
                    found.Add(new Operation(
                        string.Create(CultureInfo.InvariantCulture, $"{symbol.Name}+0x{place - symbol.Address:x}"), code.NameAt(target), symbol.Name));
                }
            }
        }

        return found;
    }
}
