using System.Runtime.InteropServices;

namespace KernelBuild.Compression.Libraries;

/// <summary>libzstd's <c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c>. Source: zstd.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ZstdBuffer
{
    internal byte* Bytes;
    internal nuint Length;
    internal nuint Position;
}
