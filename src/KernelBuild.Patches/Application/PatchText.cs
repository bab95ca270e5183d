using System.Diagnostics.CodeAnalysis;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Patches.Mail;

namespace KernelBuild.Patches.Application;

/// <summary>The text of a patch file, which quilt and kernel.org keep compressed (patch-6.6-rt.patch.xz).</summary>
public static class PatchText
{
    /// <summary>
    /// A mail without the byte order mark that an editor put before it. Before a diff alone the mark is text like any other: git apply passes
    /// over what it does not know.
    /// </summary>
    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> text) =>
        text.Span.StartsWith("\uFEFF"u8) && MailReader.HasHeader(text[3..]) ? text[3..] : text;

    /// <summary>Takes the text out of whatever it is compressed with: gzip, xz, zstd, bzip2, lz4, lzma or lzop.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="error">KB5011 or KB5013, without the file.</param>
    public static bool TryUnpack(ReadOnlyMemory<byte> file, out ReadOnlyMemory<byte> text, [NotNullWhen(false)] out Diagnostic? error)
    {
        var isRead = Decompressor.TryDecompress(file, out var data, out error);
        text = data?.Content ?? default;
        return isRead;
    }
}
