using System.Collections.Immutable;
using KernelBuild.KernelImages.Bytes;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;

namespace KernelBuild.KernelImages.Tables;

/// <summary>
/// Fixups whose hook gives a function further requester IDs. A fixup has its hook as a distance from the field itself (since Linux 4.19),
/// before that as a pointer; both are looked for. With link-time optimization the hook is a stub that calls the function.
/// </summary>
public sealed class DmaAliasTable(KernelImage image, CodeMap code)
{
    private const int ShiftOffset = 8;
    private const int RelativeHookOffset = 12;
    private const int PointerHookOffset = 16;
    private const int LargestShift = 24;

    /// <summary>All of them, by address.</summary>
    public ImmutableArray<DmaAliasEntry> Entries()
    {
        var hooks = new HashSet<ulong>();
        for (var i = 0; i < code.Symbols.Count; i++)
        {
            if ((code.Symbols.StartsWith(i, "quirk_"u8) || code.Symbols.StartsWith(i, "__UNIQUE_ID_quirk_"u8))
                && IsHook(SourceName.Of(code.Symbols[i].Name)))
            {
                hooks.Add(code.Symbols.Addresses[i]);
            }
        }

        return hooks.Count == 0 ? [] : [.. Relative(hooks).Concat(Pointers(hooks)).OrderBy(entry => entry.Address)];
    }

    /// <summary>
    /// quirk_dma_func0_alias, quirk_dma_func1_alias, quirk_fixed_dma_alias, quirk_use_pcie_bridge_dma_alias, quirk_plx_ntb_dma_alias,
    /// quirk_pex_vca_alias, quirk_bridge_cavm_thrx2_pcie_root and similar ones.
    /// </summary>
    private static bool IsHook(string name) =>
        name.EndsWith("_alias", StringComparison.Ordinal) || name == "quirk_bridge_cavm_thrx2_pcie_root"
            || name.EndsWith("_dma_func0", StringComparison.Ordinal);

    private List<DmaAliasEntry> Relative(HashSet<ulong> hooks)
    {
        var found = new List<DmaAliasEntry>();
        var bytes = image.Bytes.Span;
        var words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(bytes);
        var start = image.Base.GetValueOrDefault();
        var (lowest, highest) = (hooks.Min(), hooks.Max());
        for (var i = RelativeHookOffset / sizeof(int); i < words.Length; i++)
        {
            var place = start + ((ulong)i * sizeof(int));
            var target = place + (ulong)words[i];
            if (target >= lowest && target <= highest && hooks.Contains(target) && !code.IsCode(place))
            {
                Add(found, (i * sizeof(int)) - RelativeHookOffset, target);
            }
        }

        return found;
    }

    private List<DmaAliasEntry> Pointers(HashSet<ulong> hooks)
    {
        var found = new List<DmaAliasEntry>();
        foreach (var (place, target) in PointerScan.To(image, hooks))
        {
            if (image.TryOffset(place - PointerHookOffset, out var offset))
            {
                Add(found, offset, target);
            }
        }

        return found;
    }

    private void Add(List<DmaAliasEntry> found, int offset, ulong hook)
    {
        var bytes = image.Bytes.Span;
        var shift = KernelBytes.U32(bytes, offset + ShiftOffset);
        if (KernelBytes.U16(bytes, offset) != 0 && shift <= LargestShift)
        {
            found.Add(new DmaAliasEntry(
                image.Base.GetValueOrDefault() + (ulong)offset, KernelBytes.U16(bytes, offset), KernelBytes.U16(bytes, offset + 2),
                SourceName.Of(code.NameAt(hook))));
        }
    }
}
