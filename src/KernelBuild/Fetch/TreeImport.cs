using System.Buffers;
using System.Text;
using System.Text.Unicode;
using KernelBuild.Archives;
using KernelBuild.CheckOut;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>
/// Reads an archive once and makes git objects of its members; where asked, the same pass writes the files into a work tree, so that a
/// cold build neither unpacks nor checks out a second time. Hashing, deflating and file creation run on all processors, the archive is
/// read on one.
/// </summary>
internal sealed class TreeImport : IDisposable
{
    public const long LargestFile = 512L << 20;

    private const int LongestTarget = 4095;

    /// <summary>Longer ones are few, and as pieces of a pool they would take twice their room for good.</summary>
    private const int LongestPooled = 256 << 10;
    private const string TopFolderInBytes = "kernel";

    private readonly string _source;
    private readonly PackFile _pack;
    private readonly RawFolder? _filled;
    private readonly ImportWorkers _workers;
    private readonly SourceTree _tree;
    private readonly List<(string Path, string Target)> _laterLinks = [];
    private int _inRepositories;
    private string? _repository;

    private TreeImport(string source, PackFile pack, RawFolder? filled, CancellationToken cancellationToken)
    {
        _source = source;
        _pack = pack;
        _filled = filled;
        _workers = new ImportWorkers(Pack, cancellationToken);
        _tree = new SourceTree(filled, _workers.Drain);
    }

    /// <param name="source">Name of the archive, for messages.</param>
    /// <param name="unpackTo">An empty folder to write the files into, with the archive's own top folder; null for none.</param>
    /// <param name="onMember">Called for each member with the bytes of its content.</param>
    /// <exception cref="DiagnosticException">KB1005 for a broken archive, KB1006 for a path that leaves the tree.</exception>
    public static ImportedTree Run(
        string source, IMemberReader archive, PackFile pack, string? unpackTo, Action<long> onMember, IDiagnosticSink log,
        CancellationToken cancellationToken)
    {
        using var filled = unpackTo is null ? null : RawFolder.Open(unpackTo);
        using var import = new TreeImport(source, pack, filled, cancellationToken);
        import.Read(archive, onMember, log, cancellationToken);
        return import.Finish();
    }

    public void Dispose() => _workers.Dispose();

    private void Read(IMemberReader archive, Action<long> onMember, IDiagnosticSink log, CancellationToken cancellationToken)
    {
        var count = 0;
        try
        {
            while (archive.Next() is { } member)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Take(member, archive);
                count++;
                onMember(member.Length);
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
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
                DiagnosticCodes.ArchiveUnreadable, "the archive holds no entries; an archive of a kernel tree was expected") with
            { File = _source });
        }

        Say(archive.Oddity, log);
    }

    private void Say(string? oddity, IDiagnosticSink log)
    {
        if (oddity is not null)
        {
            log.Report(Diagnostic.Warning(
                DiagnosticCodes.ArchiveWithoutEnd, $"the archive {oddity}: it may have been cut short between two files",
                "compare its size and digest with what its maker states") with
            { File = _source });
        }

        if (_inRepositories > 0)
        {
            log.Report(Diagnostic.Warning(
                DiagnosticCodes.ArchiveRepositoryLeftOut,
                $"{_inRepositories} entries in '{RawFolder.Text(_repository!)}' or other folders of that name were left out",
                "a tree of git holds no repository; to build a commit of that one, unpack the archive and use git:FOLDER#COMMIT") with
            { File = _source });
        }
    }

    private void Take(Member member, IMemberReader archive)
    {
        if (MemberPath.Read(member.Name, out var path, out var isRepository) is { } problem)
        {
            throw Unsafe(member.Name, problem);
        }

        if (isRepository)
        {
            _inRepositories++;
            _repository ??= path[..(path.IndexOf(".git", StringComparison.Ordinal) + 4)];
            return;
        }

        switch (member.Kind)
        {
            case MemberKind.Folder:
                Accept(member, _tree.MakeFolder(path));
                break;
            case MemberKind.File:
                Add(member, path, ContentOf(member, member.IsExecutable ? TreeEntry.Executable : TreeEntry.Regular, archive, LargestFile));
                break;
            case MemberKind.SymbolicLink:
                AddLink(member, path, archive);
                break;
            case MemberKind.HardLink:
                AddHardLink(member, path);
                break;
            default:
                throw Unsafe(member.Name, $"is of the type '{member.Type}', which a source tree cannot hold");
        }
    }

    private SourceFile ContentOf(Member member, uint mode, IMemberReader archive, long most)
    {
        if (member.Length > most)
        {
            throw Unsafe(member.Name, $"is a file of {member.Length} bytes; no kernel tree has one above {most}");
        }

        var length = (int)member.Length;
        var isPooled = length is > 0 and <= LongestPooled;
        var buffer = isPooled ? ArrayPool<byte>.Shared.Rent(length) : GC.AllocateUninitializedArray<byte>(length);
        archive.OpenContent().ReadExactly(buffer, 0, length);
        return new SourceFile(mode, buffer, length, isPooled);
    }

    private void Add(Member member, string path, SourceFile file)
    {
        if (_laterLinks.Count > 0)
        {
            // the last of a name counts
            _laterLinks.RemoveAll(link => link.Path == path);
        }

        Accept(member, _tree.Place(path, file));
        _workers.Add(path, file);
    }

    private void AddLink(Member member, string path, IMemberReader archive)
    {
        var link = member.Target.Length > 0
            ? new SourceFile(TreeEntry.Symlink, Encoding.Latin1.GetBytes(member.Target), member.Target.Length, isPooled: false)
            : ContentOf(member, TreeEntry.Symlink, archive, LongestTarget);
        if (link.Length is 0 or > LongestTarget || link.Content.Span.Contains((byte)0) || MemberPath.IsModulesFile(path))
        {
            throw Unsafe(member.Name, "is a symbolic link that neither Linux nor git takes");
        }

        Add(member, path, link);
    }

    private void AddHardLink(Member member, string path)
    {
        if (MemberPath.Read(member.Target, out var target, out _) is { } problem)
        {
            throw Unsafe(member.Name, $"is a hard link to '{RawFolder.Text(member.Target)}', which {problem}");
        }

        if (_tree.Files.ContainsKey(target))
        {
            Accept(member, _tree.Link(path, target));
        }
        else
        {
            _laterLinks.Add((path, target));
        }
    }

    /// <summary>Links to what stands behind them, and links to such links.</summary>
    private void AddLaterLinks()
    {
        _workers.Drain();
        for (var open = _laterLinks.ToList(); open.Count > 0;)
        {
            var missing = open.Where(link => !_tree.Files.ContainsKey(link.Target)).ToList();
            if (missing.Count == open.Count)
            {
                throw Unsafe(missing[0].Path, $"is a hard link to '{RawFolder.Text(missing[0].Target)}', which is not in the archive");
            }

            foreach (var (path, target) in open.Except(missing))
            {
                if (_tree.Link(path, target) is { } problem)
                {
                    throw Unsafe(path, problem);
                }
            }

            open = missing;
        }
    }

    private void Accept(Member member, string? problem)
    {
        if (problem is not null)
        {
            throw Unsafe(member.Name, problem);
        }
    }

    private DiagnosticException Unsafe(string name, string why) => new(Diagnostic.Error(
        DiagnosticCodes.ArchivePathUnsafe,
        $"the entry '{RawFolder.Text(name)}' {why}",
        "nothing was imported; get the archive from its maker and check its digest") with
    { File = _source });

    private void Pack(string path, SourceFile file)
    {
        var id = _pack.Add(PackFile.ObjectType.Blob, file.Content);
        _tree.Write(path, file.Mode, file.Content.Span);
        file.Packed(id);
    }

    private ImportedTree Finish()
    {
        AddLaterLinks();
        var top = TopFolder(_tree.Files.Keys);
        var strip = top.Length == 0 ? 0 : top.Length + 1;
        var entries = _tree.Files
            .Select(file => new TreeEntry(
                Encoding.Latin1.GetBytes(file.Key, strip, file.Key.Length - strip), file.Value.Mode, file.Value.Id))
            .ToArray();
        Array.Sort(entries, (a, b) => a.Path.Span.SequenceCompareTo(b.Path.Span));
        return new ImportedTree(TreeBuilder.Build(_pack, entries), entries, NameOfTop(top));
    }

    /// <summary>The top folder is moved by its name, for which .NET wants UTF-8.</summary>
    private string NameOfTop(string top)
    {
        if (Utf8.IsValid(Encoding.Latin1.GetBytes(top)))
        {
            return RawFolder.Text(top);
        }

        // it is the only one, so the new name is free
        _filled?.Rename(top, TopFolderInBytes);
        return TopFolderInBytes;
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
