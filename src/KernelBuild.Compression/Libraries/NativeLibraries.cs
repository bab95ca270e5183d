using System.Runtime.InteropServices;
using KernelBuild.Diagnostics;

namespace KernelBuild.Compression.Libraries;

/// <summary>
/// The host's libraries for the two forms that no managed library writes: gzip bit for bit as stock images have it, and xz. Debian has both
/// as parts of its base system; where one is missing, a finding says so, and nothing else is tried in its place.
/// </summary>
internal static partial class NativeLibraries
{
    internal const string LibZ = "libz.so.1";
    internal const string LibLzma = "liblzma.so.5";

    /// <exception cref="DiagnosticException">KB5013: the library is missing.</exception>
    public static T Call<T>(string library, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new DiagnosticException(Missing(library));
        }
    }

    private static Diagnostic Missing(string library) => Diagnostic.Error(
        DiagnosticCodes.CompressionUnsupported,
        $"the library {library} is not on this machine",
        library == LibZ ? "apt-get install zlib1g" : "apt-get install liblzma5");

    [LibraryImport(LibZ, EntryPoint = "deflateInit2_", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int DeflateInit(
        ZlibStream* stream, int level, int method, int windowBits, int memoryLevel, int strategy, string version, int streamSize);

    [LibraryImport(LibZ, EntryPoint = "deflate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int Deflate(ZlibStream* stream, int flush);

    [LibraryImport(LibZ, EntryPoint = "deflateEnd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int DeflateEnd(ZlibStream* stream);

    [LibraryImport(LibLzma, EntryPoint = "lzma_stream_buffer_bound")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nuint LzmaBound(nuint length);

    [LibraryImport(LibLzma, EntryPoint = "lzma_easy_buffer_encode")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int LzmaEncode(
        uint preset, int check, nint allocator, byte* source, nuint sourceLength, byte* target, nuint* targetPosition, nuint targetLength);

    [LibraryImport(LibLzma, EntryPoint = "lzma_lzma_preset")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial byte LzmaPreset(byte* options, uint preset);

    [LibraryImport(LibLzma, EntryPoint = "lzma_alone_encoder")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int LzmaAloneEncoder(LzmaStream* stream, byte* options);

    [LibraryImport(LibLzma, EntryPoint = "lzma_code")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial int LzmaCode(LzmaStream* stream, int action);

    [LibraryImport(LibLzma, EntryPoint = "lzma_end")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static unsafe partial void LzmaEnd(LzmaStream* stream);
}
