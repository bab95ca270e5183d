using System.Runtime.InteropServices;

namespace KernelBuild.Compression.Libraries;

/// <summary>zlib's <c>z_stream</c> on 64-bit systems where long has 64 bits; 112 bytes. Source: zlib.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ZlibStream
{
    internal byte* Input;
    internal uint InputLength;
    internal ulong InputTotal;
    internal byte* Output;
    internal uint OutputLength;
    internal ulong OutputTotal;
    internal nint Message;
    internal nint State;
    internal nint Allocate;
    internal nint Free;
    internal nint Opaque;
    internal int DataType;
    internal ulong Checksum;
    internal ulong Reserved;
}
