using System.Buffers.Binary;
using KernelBuild.KernelImages.Code;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.KernelImages.CrossReferences;

/// <summary>
/// The functions that a kernel calls once when it starts, one level after the other. On arm64 an entry is not a pointer but the distance
/// from itself (32 bits, little endian). Source: include/linux/init.h, <c>initcall_entry_t</c>.
/// </summary>
internal static class InitCalls
{
    private const string End = "__initcall_end";

    // The linker's marks before each level, in the order of init/main.c; the console's are separate.
    private static readonly (string Mark, string Level)[] Levels =
    [
        ("__initcall_start", "early"), ("__initcall0_start", "pure"), ("__initcall1_start", "core"), ("__initcall2_start", "postcore"),
        ("__initcall3_start", "arch"),
        ("__initcall4_start", "subsys"), ("__initcall5_start", "fs"), ("__initcall6_start", "device"), ("__initcall7_start", "late"),
    ];

    /// <summary>The entries of the functions; none where the kernel names no data (CONFIG_KALLSYMS_ALL).</summary>
    public static IEnumerable<Reference> To(KernelImage image, CodeMap code, IReadOnlySet<ulong> functions)
    {
        var end = code.Symbols.AddressOf(End);
        for (var level = 0; level < Levels.Length; level++)
        {
            var (mark, name) = Levels[level];
            var start = code.Symbols.AddressOf(mark);
            var next = Levels.Skip(level + 1)
                .Select(other => code.Symbols.AddressOf(other.Mark))
                .FirstOrDefault(address => address != 0, end);
            if (start == 0 || next <= start || next > end || next - start > (ulong)image.Bytes.Length)
            {
                continue;
            }

            for (var place = start; place + sizeof(int) <= next; place += sizeof(int))
            {
                if (image.TryOffset(place, out var offset) && offset <= image.Bytes.Length - sizeof(int)
                    && place + (ulong)BinaryPrimitives.ReadInt32LittleEndian(image.Bytes.Span[offset..]) is var target
                    && functions.Contains(target))
                {
                    yield return new Reference(ReferenceKind.DataPointer, place, mark, place - start, target, $"initcall, level {name}");
                }
            }
        }
    }
}
