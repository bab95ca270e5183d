using System.Runtime.InteropServices;

namespace KernelBuild.Compression.Libraries;

/// <summary>liblzma's <c>lzma_stream</c>; 136 bytes on 64-bit systems. Source: lzma/base.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LzmaStream
{
    internal byte* Input;
    internal nuint InputLength;
    internal ulong InputTotal;
    internal byte* Output;
    internal nuint OutputLength;
    internal ulong OutputTotal;
    internal nint Allocator;
    internal nint Internal;
    internal fixed long ReservedPointers[4];
    internal fixed ulong ReservedNumbers[4];
    internal fixed uint ReservedEnums[2];
}
