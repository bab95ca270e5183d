using System.Runtime.InteropServices;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Libraries;

/// <summary>
/// The compression libraries of the system, which wrote the stock streams: only they reproduce them bit for bit. Debian has all four as parts
/// of its base system; where one is missing, a finding says so, and nothing else is tried in its place.
/// </summary>
internal static partial class NativeLibraries
{
    internal const string LibLz4 = "liblz4.so.1";
    internal const string LibZ = "libz.so.1";
    internal const string LibZstd = "libzstd.so.1";
    internal const string LibLzma = "liblzma.so.5";

    /// <summary>Calls into a library, or says that it is missing.</summary>
    public static bool TryCall<T>(string library, Func<T> call, out T result, out Diagnostic? missing)
    {
        try
        {
            result = call();
            missing = null;
            return true;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            result = default!;
            missing = Missing(library);
            return false;
        }
    }

    /// <exception cref="DiagnosticException">KB5013: the library is missing.</exception>
    public static T Call<T>(string library, Func<T> call) =>
        TryCall(library, call, out var result, out var missing) ? result : throw new DiagnosticException(missing!);

    private static Diagnostic Missing(string library) => Diagnostic.Error(
        DiagnosticCodes.CompressionUnsupported,
        $"the library {library} is not on this machine",
        library switch
        {
            LibLz4 => "apt-get install liblz4-1",
            LibZ => "apt-get install zlib1g",
            LibZstd => "apt-get install libzstd1",
            _ => "apt-get install liblzma5",
        });

    [LibraryImport(LibLz4, EntryPoint = "LZ4_compress_HC")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int Lz4CompressHigh(byte* source, byte* target, int sourceLength, int targetLength, int level);

    [LibraryImport(LibZ, EntryPoint = "deflateInit2_", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int DeflateInit(ZlibStream* stream, int level, int method, int windowBits, int memoryLevel, int strategy, string version, int streamSize);

    [LibraryImport(LibZ, EntryPoint = "deflate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int Deflate(ZlibStream* stream, int flush);

    [LibraryImport(LibZ, EntryPoint = "deflateEnd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int DeflateEnd(ZlibStream* stream);

    [LibraryImport(LibZstd, EntryPoint = "ZSTD_compressBound")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nuint ZstdBound(nuint length);

    [LibraryImport(LibZstd, EntryPoint = "ZSTD_compress")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial nuint ZstdCompress(byte* target, nuint targetLength, byte* source, nuint sourceLength, int level);

    [LibraryImport(LibZstd, EntryPoint = "ZSTD_isError")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial uint ZstdIsError(nuint code);

    [LibraryImport(LibZstd, EntryPoint = "ZSTD_createDStream")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint ZstdCreate();

    [LibraryImport(LibZstd, EntryPoint = "ZSTD_freeDStream")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nuint ZstdFree(nint stream);

    [LibraryImport(LibZstd, EntryPoint = "ZSTD_decompressStream")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial nuint ZstdDecompress(nint stream, ZstdBuffer* output, ZstdBuffer* input);

    [LibraryImport(LibLzma, EntryPoint = "lzma_stream_decoder")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int LzmaStreamDecoder(LzmaStream* stream, ulong memoryLimit, uint flags);

    [LibraryImport(LibLzma, EntryPoint = "lzma_alone_decoder")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int LzmaAloneDecoder(LzmaStream* stream, ulong memoryLimit);

    [LibraryImport(LibLzma, EntryPoint = "lzma_code")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int LzmaCode(LzmaStream* stream, int action);

    [LibraryImport(LibLzma, EntryPoint = "lzma_end")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial void LzmaEnd(LzmaStream* stream);

    [LibraryImport(LibLzma, EntryPoint = "lzma_stream_buffer_bound")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nuint LzmaBound(nuint length);

    [LibraryImport(LibLzma, EntryPoint = "lzma_easy_buffer_encode")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int LzmaEncode(uint preset, int check, nint allocator, byte* source, nuint sourceLength, byte* target, nuint* targetPosition, nuint targetLength);
}
