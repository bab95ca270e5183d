using System.Formats.Tar;
using System.IO.Compression;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>Archives of boot images, in the forms that certify_bootimg takes and writes: zip, and tar, compressed or not.</summary>
internal static class BootImageArchive
{
    private static readonly (string[] Endings, CompressionFormat Format)[] _tars =
    [
        ([".tar"], CompressionFormat.None), ([".tar.gz", ".tgz"], CompressionFormat.Gzip), ([".tar.bz2", ".tbz2"], CompressionFormat.Bzip2),
        ([".tar.xz", ".txz"], CompressionFormat.Xz),
    ];

    /// <summary>Unpacks an archive, lets its files be changed, and packs them in the form that the name of the new one says.</summary>
    /// <param name="archive">The old one; its bytes say what it is.</param>
    /// <param name="result">The new one.</param>
    /// <param name="change">Gets the folder.</param>
    /// <param name="output">Gets a line.</param>
    /// <exception cref="DiagnosticException">KB5041: no such archive. KB9010: the new name is of none. KB9012.</exception>
    public static void Rewrite(string archive, string result, Action<string> change, TextWriter output)
    {
        var format = FormatOf(result);
        var folder = Directory.CreateTempSubdirectory("kernelbuild-archive-");
        try
        {
            Unpack(archive, folder.FullName);
            change(folder.FullName);
            output.Write($"Making certified archive: {Printable.Text(result)}\n");
            OutputFile.Write(result, Pack(folder.FullName, format));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <returns>Null for zip.</returns>
    private static CompressionFormat? FormatOf(string path)
    {
        if (path.EndsWith(".zip", StringComparison.Ordinal))
        {
            return null;
        }

        var (endings, format) = _tars.FirstOrDefault(tar => tar.Endings.Any(ending => path.EndsWith(ending, StringComparison.Ordinal)));
        return endings is not null
            ? format
            : throw CommandFrame.Usage(
                $"'{Printable.Text(path)}' ends as no archive does", "let it end with .zip, .tar, .tar.gz, .tgz, .tar.bz2 or .tar.xz");
    }

    private static void Unpack(string archive, string folder)
    {
        var bytes = InputFile.Read(archive);
        try
        {
            if (bytes.Span.StartsWith("PK"u8))
            {
                using var zip = new MemoryStream(bytes.ToArray());
                ZipFile.ExtractToDirectory(zip, folder);
                return;
            }

            bytes = Decompressor.TryDecompress(bytes, out var content, out var error)
                ? content.Content
                : throw new DiagnosticException(error with { File = archive });

            // neither this nor the other one writes outside of the folder: names with .. and links out of it are refused
            using var tar = new MemoryStream(bytes.ToArray());
            TarFile.ExtractToDirectory(tar, folder, overwriteFiles: false);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or FormatException or EndOfStreamException)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ContainerInvalid, $"the archive cannot be unpacked: {Printable.Text(exception.Message)}",
                "give a zip or tar archive of boot images") with { File = archive });
        }
    }

    private static ReadOnlyMemory<byte> Pack(string folder, CompressionFormat? format)
    {
        using var stream = new MemoryStream();
        if (format is not { } compression)
        {
            ZipFile.CreateFromDirectory(folder, stream);
            return stream.ToArray();
        }

        TarFile.CreateFromDirectory(folder, stream, includeBaseDirectory: false);
        return Compressor.Compress(compression, stream.ToArray());
    }
}
