using System.Diagnostics.CodeAnalysis;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>The type bits of a file mode (<c>S_IFMT</c>); the values are the bits.</summary>
[SuppressMessage(
    "Design", "CA1027:Mark enums with FlagsAttribute",
    Justification = "the values exclude each other; they only look like flags for historical reasons")]
public enum FileType
{
    None = 0,
    Fifo = 0x1000,
    CharacterDevice = 0x2000,
    Directory = 0x4000,
    BlockDevice = 0x6000,
    RegularFile = 0x8000,
    SymbolicLink = 0xa000,
    Socket = 0xc000,
}
