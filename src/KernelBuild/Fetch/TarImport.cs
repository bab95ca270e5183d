using System.Collections.Concurrent;
using System.Formats.Tar;
using System.Text;
using System.Threading.Channels;
using KernelBuild.CheckOut;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;

namespace KernelBuild.Fetch;

/// <summary>
/// Reads a tar stream once and makes git objects of it; where asked, the same pass writes the files into a work tree,
/// so that a cold build neither unpacks nor checks out a second time. Hashing, deflating and file creation run on all
/// processors, the tar stream is read on one.
/// </summary>
internal sealed class TarImport
{
    private const int QueueLength = 256;
    private const long LargestFile = 512L << 20;

    private readonly string _source;
    private readonly PackFile _pack;
    private readonly string? _unpackTo;
    private readonly ConcurrentBag<(string Path, uint Mode, GitObjectId Id)> _files = [];
    private readonly List<(string Path, string Target)> _hardLinks = [];
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal) { "" };
    private readonly HashSet<string> _nonFolders = new(StringComparer.Ordinal);

    private TarImport(string source, PackFile pack, string? unpackTo)
    {
        _source = source;
        _pack = pack;
        _unpackTo = unpackTo;
    }

    /// <param name="source">Name of the archive, for messages.</param>
    /// <param name="unpackTo">An empty folder to write the files into, with the archive's own top folder; null for none.</param>
    /// <param name="onProgress">Called now and then with the number of files read.</param>
    /// <exception cref="DiagnosticException">KB1005 for a broken archive, KB1006 for a path that leaves the tree.</exception>
    public static async Task<ImportedTree> RunAsync(
        string source, Stream tar, PackFile pack, string? unpackTo, Action<int>? onProgress, CancellationToken cancellationToken)
    {
        var import = new TarImport(source, pack, unpackTo);
        await import.ReadAsync(tar, onProgress, cancellationToken);
        return import.Finish();
    }

    private async Task ReadAsync(Stream tar, Action<int>? onProgress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var queue = Channel.CreateBounded<(string Path, uint Mode, byte[] Content)>(
            new BoundedChannelOptions(QueueLength) { SingleWriter = true });
        var workers = Enumerable.Range(0, Math.Max(1, Environment.ProcessorCount)).Select(_ => Task.Run(
            async () =>
            {
                try
                {
                    await foreach (var (path, mode, content) in queue.Reader.ReadAllAsync(stop.Token))
                    {
                        Take(path, mode, content);
                    }
                }
                catch
                {
                    // the reader must not wait for ever on a full queue
                    await stop.CancelAsync();
                    throw;
                }
            },
            CancellationToken.None)).ToArray();
        try
        {
            await ReadEntriesAsync(tar, queue.Writer, onProgress, stop.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // a worker failed: its exception is the one to show
        }
        catch
        {
            // the caller takes away what they write to
            await stop.CancelAsync();
            await Task.WhenAll(workers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        finally
        {
            queue.Writer.TryComplete();
        }

        try
        {
            await Task.WhenAll(workers);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw workers
                .Select(worker => worker.Exception?.InnerException)
                .FirstOrDefault(e => e is not null and not OperationCanceledException)
                ?? new InvalidOperationException("the import stopped without a reason");
        }
    }

    private async Task ReadEntriesAsync(
        Stream tar, ChannelWriter<(string Path, uint Mode, byte[] Content)> queue, Action<int>? onProgress,
        CancellationToken cancellationToken)
    {
        var count = 0;
        try
        {
            await using var reader = new TarReader(tar, leaveOpen: true);
            while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
            {
                await TakeAsync(entry, queue, cancellationToken);
                if (++count % 1000 == 0)
                {
                    onProgress?.Invoke(count);
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException or ArgumentException)
        {
            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.ArchiveUnreadable,
                    $"the archive ends or breaks after {count} entries: {e.Message}",
                    "fetch it again; if the digest was right, the archive itself is damaged") with
                { File = _source },
                e);
        }

        if (count == 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ArchiveUnreadable, "the archive holds no entries; a tar archive of a kernel tree was expected") with
            { File = _source });
        }
    }

    private async ValueTask TakeAsync(
        TarEntry entry, ChannelWriter<(string Path, uint Mode, byte[] Content)> queue, CancellationToken cancellationToken)
    {
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                MakeFolder(SafePath(entry.Name));
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                if (entry.Length > LargestFile)
                {
                    throw Unsafe(entry.Name, $"is a file of {entry.Length} bytes; no kernel tree has one above {LargestFile}");
                }

                var content = new byte[entry.Length];
                if (entry.DataStream is { } data)
                {
                    await data.ReadExactlyAsync(content, cancellationToken);
                }

                var mode = (entry.Mode & UnixFileMode.UserExecute) != 0 ? TreeEntry.Executable : TreeEntry.Regular;
                await queue.WriteAsync((PlaceFile(entry.Name), mode, content), cancellationToken);
                break;
            case TarEntryType.SymbolicLink:
                await queue.WriteAsync(
                    (PlaceFile(entry.Name), TreeEntry.Symlink, Encoding.UTF8.GetBytes(entry.LinkName)), cancellationToken);
                break;
            case TarEntryType.HardLink:
                _hardLinks.Add((PlaceFile(entry.Name), SafePath(entry.LinkName)));
                break;
            case TarEntryType.GlobalExtendedAttributes:
                break;
            default:
                throw Unsafe(entry.Name, $"is of the type '{entry.EntryType}', which a source tree cannot hold");
        }
    }

    private string PlaceFile(string name)
    {
        var path = SafePath(name);
        if (path.Length == 0 || _folders.Contains(path) || !_nonFolders.Add(path))
        {
            throw Unsafe(name, "stands twice in the archive");
        }

        var slash = path.LastIndexOf('/');
        MakeFolder(slash < 0 ? "" : path[..slash]);
        return path;
    }

    private void MakeFolder(string path)
    {
        if (!_folders.Add(path))
        {
            return;
        }

        if (_nonFolders.Contains(path))
        {
            // a symbolic link followed by files "inside" it would write wherever the link points
            throw Unsafe(path, "is a file or link and also a folder with files in it");
        }

        var slash = path.LastIndexOf('/');
        MakeFolder(slash < 0 ? "" : path[..slash]);
        if (_unpackTo is not null)
        {
            Directory.CreateDirectory(Path.Combine(_unpackTo, path));
        }
    }

    private string SafePath(string name)
    {
        var path = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        path = path.TrimEnd('/');
        if (path.Length == 0 || path == ".")
        {
            return "";
        }

        if (path[0] == '/' || path.Contains('\uFFFD', StringComparison.Ordinal) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw Unsafe(name, "is absolute or not UTF-8");
        }

        foreach (var part in path.Split('/'))
        {
            if (part is "" or "." or ".." || part.Equals(".git", StringComparison.OrdinalIgnoreCase))
            {
                throw Unsafe(name, $"has the part '{part}'");
            }
        }

        return path;
    }

    private DiagnosticException Unsafe(string name, string why) => new(Diagnostic.Error(
        DiagnosticCodes.ArchivePathUnsafe,
        $"the entry '{name}' {why}",
        "nothing was imported; get the archive from its maker and check its digest") with
    { File = _source });

    private void Take(string path, uint mode, byte[] content)
    {
        _files.Add((path, mode, _pack.Add(PackFile.ObjectType.Blob, content)));
        if (_unpackTo is null)
        {
            return;
        }

        var file = Path.Combine(_unpackTo, path);
        if (mode == TreeEntry.Symlink)
        {
            File.CreateSymbolicLink(file, Encoding.UTF8.GetString(content));
            return;
        }

        using (var handle = File.OpenHandle(file, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            RandomAccess.Write(handle, content, 0);
        }

        if (mode == TreeEntry.Executable && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, File.GetUnixFileMode(file)
                | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
    }

    private ImportedTree Finish()
    {
        var files = _files.ToDictionary(file => file.Path, StringComparer.Ordinal);
        foreach (var (path, target) in _hardLinks)
        {
            if (!files.TryGetValue(target, out var original))
            {
                throw Unsafe(path, $"is a hard link to '{target}', which is not in the archive");
            }

            files.Add(path, (path, original.Mode, original.Id));
            if (_unpackTo is null)
            {
                continue;
            }

            var file = Path.Combine(_unpackTo, target);
            if (original.Mode == TreeEntry.Symlink)
            {
                // a copy would be of what the link points to, which may be any file of this machine
                File.CreateSymbolicLink(Path.Combine(_unpackTo, path), new FileInfo(file).LinkTarget!);
            }
            else
            {
                File.Copy(file, Path.Combine(_unpackTo, path));
            }
        }

        var top = TopFolder(files.Keys);
        var strip = top.Length == 0 ? 0 : Encoding.UTF8.GetByteCount(top) + 1;
        var entries = files.Values
            .Select(file => new TreeEntry(Encoding.UTF8.GetBytes(file.Path).AsMemory(strip), file.Mode, file.Id))
            .ToArray();
        Array.Sort(entries, (a, b) => a.Path.Span.SequenceCompareTo(b.Path.Span));
        return new ImportedTree(TreeBuilder.Build(_pack, entries), entries, top);
    }

    /// <summary>The one folder that holds everything, as release archives have it; "" when there is none.</summary>
    private static string TopFolder(IEnumerable<string> paths)
    {
        string? top = null;
        foreach (var path in paths)
        {
            var slash = path.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0 || (top is not null && !path.AsSpan(0, slash).SequenceEqual(top)))
            {
                return "";
            }

            top ??= path[..slash];
        }

        return top ?? "";
    }
}
