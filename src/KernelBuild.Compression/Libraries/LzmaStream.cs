using System.Runtime.InteropServices;

namespace KernelBuild.Compression.Libraries;

/// <summary>lzma_stream of liblzma 5, 64 bit. Source: lzma/base.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LzmaStream
{
    public byte* NextIn;
    public nuint AvailableIn;
    public ulong TotalIn;
    public byte* NextOut;
    public nuint AvailableOut;
    public ulong TotalOut;
    public void* Allocator;
    public void* Internal;
    private fixed ulong _reserved[9];
}
