using System.Buffers;
using System.Formats.Tar;
using System.IO.Compression;
using KernelBuild.BootImages.Containers;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Boot;

/// <summary>
/// The images in a file: in zip and tar archives, OTA payloads, super partitions, sparse images, compressed files, and in those within those.
/// Nothing is read that is not wanted, and what is larger than memory stays in its file.
/// </summary>
internal sealed class ContainerTree : IDisposable
{
    private const int StartLength = 8192;
    private const int MostLevels = 6;
    private static readonly SearchValues<string> _imageEndings =
        SearchValues.Create([".img", ".bin", ".mbn", ".elf", ".raw", ".dtb"], StringComparison.OrdinalIgnoreCase);

    private readonly string _file;
    private readonly List<IDisposable> _open = [];
    private readonly List<ContainedImage> _images = [];

    private ContainerTree(string file) => _file = file;

    public IReadOnlyList<ContainedImage> Images => _images;

    /// <exception cref="DiagnosticException">KB9012; KB5041: an archive in it is damaged.</exception>
    public static ContainerTree Open(string path)
    {
        var tree = new ContainerTree(path);
        try
        {
            tree.Add("", tree.OpenFile(path), 0);
            return tree;
        }
        catch (DiagnosticException exception)
        {
            tree.Dispose();
            throw new DiagnosticException([.. exception.Diagnostics.Select(d => d with { File = d.File ?? path })]);
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException or EndOfStreamException)
        {
            tree.Dispose();
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ContainerInvalid, $"the archive is damaged: {Printable.Text(exception.Message)}", "copy or download it again") with
            { File = path });
        }
    }

    public void Dispose()
    {
        // what was opened last reads from what was opened before
        foreach (var one in Enumerable.Reverse(_open))
        {
            one.Dispose();
        }
    }

    private ByteSource OpenFile(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            // says what is wrong with it, and reads block devices
            return ByteSource.Of(InputFile.Read(path));
        }

        return ByteSource.Of(Keep(File.OpenRead(path)));
    }

    private T Keep<T>(T one)
        where T : IDisposable
    {
        _open.Add(one);
        return one;
    }

    private void Add(string path, ByteSource source, int level)
    {
        if (level == MostLevels)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ContainerInvalid, $"there are more than {MostLevels} archives within one another", "unpack the outermost first"));
        }

        var start = source.Start(StartLength);
        if (PayloadImage.IsPayload(start))
        {
            AddPayload(path, PayloadImage.Read(source));
        }
        else if (start.AsSpan().StartsWith("PK\u0003\u0004"u8))
        {
            AddZip(path, source, level);
        }
        else if (start.AsSpan().Length > 262 && start.AsSpan(257).StartsWith("ustar"u8))
        {
            AddTar(path, source, level);
        }
        else if (SparseImage.IsSparse(start))
        {
            var raw = SparseImage.Open(source, out _);
            AddPlain(path, raw, "sparse");
        }
        else if (CompressionFormats.Recognize(start) is var format && format != CompressionFormat.None)
        {
            AddCompressed(path, source, format, level);
        }
        else
        {
            AddPlain(path, source, "stored");
        }
    }

    /// <summary>An image as it is, or the partitions of a super partition.</summary>
    private void AddPlain(string path, ByteSource source, string form)
    {
        if (SuperImage.IsSuper(source.Start(StartLength)))
        {
            foreach (var partition in SuperImage.Read(source).Partitions)
            {
                _images.Add(new ContainedImage(
                    Join(path, partition.Name), partition.Name, "logical partition", partition.Content.Length, partition.Content.CopyTo));
            }
        }

        _images.Add(new ContainedImage(path, PartitionOf(path), form, source.Length, source.CopyTo));
    }

    private void AddPayload(string path, PayloadImage payload)
    {
        foreach (var partition in payload.Manifest.Partitions)
        {
            var form = partition.Incremental is { } operation ? $"payload, incremental ({operation.Name})" : "payload";
            _images.Add(new ContainedImage(
                Join(path, partition.Name), partition.Name, form, partition.Size, output => payload.Write(partition, output)));
        }
    }

    private void AddZip(string path, ByteSource source, int level)
    {
        var zip = Keep(new ZipArchive(Keep(new SourceStream(source)), ZipArchiveMode.Read));
        foreach (var entry in zip.Entries.Where(entry => IsWanted(entry.FullName)))
        {
            Add(Join(path, entry.FullName), SourceOf(entry.Open()), level + 1);
        }
    }

    private void AddTar(string path, ByteSource source, int level)
    {
        var tar = Keep(new TarReader(Keep(new SourceStream(source)), leaveOpen: true));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is { } data && IsWanted(entry.Name))
            {
                Add(Join(path, entry.Name), SourceOf(data), level + 1);
            }
        }
    }

    /// <summary>An archive that is compressed as a whole is looked into; any other image is decompressed when it is wanted.</summary>
    private void AddCompressed(string path, ByteSource source, CompressionFormat format, int level)
    {
        var name = CompressionFormats.NameOf(format);
        if (level == 0 || path.Contains(".tar", StringComparison.OrdinalIgnoreCase) || path.EndsWith("tgz", StringComparison.OrdinalIgnoreCase))
        {
            var content = Decompress(source);
            var start = content.Span[..Math.Min(StartLength, content.Length)];
            if (CompressionFormats.Recognize(start) == CompressionFormat.None)
            {
                var before = _images.Count;
                Add(path, ByteSource.Of(content), level + 1);
                for (var i = before; i < _images.Count; i++)
                {
                    _images[i] = _images[i].Form == "stored" && _images[i].Path == path ? _images[i] with { Form = name } : _images[i];
                }

                return;
            }
        }

        _images.Add(new ContainedImage(path, PartitionOf(path), name, null, output =>
        {
            var content = ByteSource.Of(Decompress(source));
            (SparseImage.IsSparse(content.Start(StartLength)) ? SparseImage.Open(content, out _) : content).CopyTo(output);
        }));
    }

    private static ReadOnlyMemory<byte> Decompress(ByteSource source) =>
        Decompressor.TryDecompress(source.ToArray(0, source.Length), out var content, out var error, Array.MaxLength)
            ? content.Content
            : throw new DiagnosticException(error with { Fix = "decompress it with the program of its format, and give what comes out" });

    /// <summary>What can be read at any place: the stream itself, or a copy of it in a file without a name.</summary>
    private ByteSource SourceOf(Stream stream)
    {
        Keep(stream);
        if (stream.CanSeek)
        {
            return ByteSource.Of(stream);
        }

        var copy = Keep(new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16,
            FileOptions.DeleteOnClose));
        stream.CopyTo(copy);
        copy.Flush();
        return ByteSource.Of(copy);
    }

    private static bool IsWanted(string name) =>
        name.AsSpan().ContainsAny(_imageEndings) || name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)
        || name.Contains(".tar", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase);

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}/{name}";

    /// <summary>By the name of the image's file, which is the file that was given when it is in no archive.</summary>
    private string PartitionOf(string path) => Path.GetFileName(path.Length == 0 ? _file : path).Split('.')[0];
}
