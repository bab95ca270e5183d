using KernelBuild.KernelImages.Code;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>Direct calls: one pass over all code for any number of targets.</summary>
public static class CallScan
{
    /// <summary>Every BL to one of the addresses, and every branch to it from another function.</summary>
    /// <param name="code">The code of an image.</param>
    /// <param name="targets">First addresses of functions.</param>
    public static IReadOnlyList<Reference> To(CodeMap code, IReadOnlySet<ulong> targets)
    {
        var found = new List<Reference>();
        foreach (var range in code.Ranges)
        {
            Scan(code, range, targets, found);
        }

        return found;
    }

    private static void Scan(CodeMap code, CodeRange range, IReadOnlySet<ulong> targets, List<Reference> found)
    {
        if (targets.Count == 0)
        {
            return;
        }

        var words = code.Words(range);
        var lowest = targets.Min();
        var span = targets.Max() - lowest;

        // A filter of 4096 bits, so that the set is asked for one branch in a hundred.
        var filter = new ulong[64];
        foreach (var target in targets)
        {
            filter[target >> 8 & 63] |= 1ul << (int)(target >> 2 & 63);
        }

        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];

            // B and BL are one form but for the top bit
            if ((word & 0x7c00_0000) != 0x1400_0000)
            {
                if ((word & 0x7e00_0000) is not (0x3400_0000 or 0x3600_0000) && (word & 0xff00_0000) != 0x5400_0000)
                {
                    continue;
                }
            }

            var from = range.Start + ((ulong)i * Opcode.Length);
            var to = Opcode.DirectTarget(word, from);
            if (to - lowest > span || (filter[to >> 8 & 63] >> (int)(to >> 2 & 63) & 1) == 0 || !targets.Contains(to))
            {
                continue;
            }

            var function = code.FunctionAt(from);
            if (Opcode.IsBranchLink(word) || function.Start != to)
            {
                found.Add(new Reference(
                    Opcode.IsBranchLink(word) ? ReferenceKind.Call : ReferenceKind.Jump, from, code.NameAt(from), from - function.Start,
                    to));
            }
        }
    }
}
