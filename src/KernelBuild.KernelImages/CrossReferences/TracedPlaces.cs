using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>
/// __mcount_loc, the list of the places in functions that ftrace patches: pointers to code that make nobody a caller. The linker's marks
/// delimit it; without names of data it is a gapless list of a thousand entries or more that ascends as a rule, each at an instruction
/// that ftrace can patch. Tables of operations ascend as well where the compiler keeps the order of the source. Source:
/// include/asm-generic/vmlinux.lds.h, MCOUNT_REC; arch/arm64/kernel/ftrace.c.
/// </summary>
internal sealed class TracedPlaces(KernelImage image, CodeMap code)
{
    private const uint NoOperation = 0xd503_201f;
    private const int FewestEntries = 1000;
    private readonly CodeRange? _marked = Marked(code);
    private readonly List<CodeRange> _lists = [];

    /// <summary>Whether the pointer at a place is an entry of that list.</summary>
    public bool Contains(ulong place)
    {
        if (_marked is { } marked)
        {
            return marked.Contains(place);
        }

        if (!IsEntry(place))
        {
            return false;
        }

        if (_lists.Exists(list => list.Contains(place)))
        {
            return true;
        }

        var run = RunAround(place);
        if (!IsList(run))
        {
            return false;
        }

        _lists.Add(run);
        return true;
    }

    private static CodeRange? Marked(CodeMap code) =>
        code.Symbols.TryFind("__start_mcount_loc", out var start) && code.Symbols.TryFind("__stop_mcount_loc", out var end)
            ? new CodeRange(start.Address, end.Address)
            : null;

    private CodeRange RunAround(ulong place)
    {
        var (start, end) = (place, place + sizeof(ulong));
        while (IsEntry(start - sizeof(ulong)))
        {
            start -= sizeof(ulong);
        }

        while (IsEntry(end))
        {
            end += sizeof(ulong);
        }

        return new CodeRange(start, end);
    }

    /// <summary>Files lie one behind the other in it, and a file's sections start again: three of four neighbours ascend.</summary>
    private bool IsList(CodeRange run)
    {
        var count = (int)((run.End - run.Start) / sizeof(ulong));
        if (count < FewestEntries)
        {
            return false;
        }

        var (ascending, last) = (0, 0ul);
        for (var place = run.Start; place < run.End; place += sizeof(ulong))
        {
            var target = image.ReadPointer(place);
            ascending += target > last ? 1 : 0;
            last = target;
        }

        return ascending * 4L >= count * 3L;
    }

    /// <summary>The call of _mcount, or the NOP that a compiler leaves for one.</summary>
    private bool IsEntry(ulong place) =>
        image.ReadPointer(place) is not 0 and var target && code.IsCode(target) && image.TryOffset(target, out var offset)
            && KernelBytes.U32(image.Bytes.Span, offset) is var word && (word == NoOperation || Opcode.IsBranchLink(word));
}
