using KernelBuild.CheckOut;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>archive:URL-OR-FILE#sha256=DIGEST[&amp;member=NAME]: checked before a byte of it is unpacked.</summary>
internal sealed class ArchiveSource
{
    private readonly ArchiveSpec _spec;
    private readonly FetchContext _context;
    private readonly string _file;
    private readonly string _name;
    private readonly WrappedArchives _wrapped;
    private Func<double?> _fraction = () => null;

    private ArchiveSource(ArchiveSpec spec, FetchContext context, string file)
    {
        _spec = spec;
        _context = context;
        _file = file;
        _name = Path.GetFileName(spec.Location.LocalPath);
        _wrapped = new WrappedArchives(file, _name, context.Cache.Downloads);
    }

    public static async Task<LockedSource> FetchAsync(ArchiveSpec spec, FetchContext context, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(spec.Location.LocalPath);
        if (await ArchiveImport.FindAsync(context.Store, spec.Digest, spec.Member, cancellationToken) is var (known, knownTree))
        {
            return new LockedSource(spec.Text, name, spec.Digest, known, knownTree);
        }

        var file = await FileAsync(spec, context, cancellationToken);
        var source = await new ArchiveSource(spec, context, file).ImportAsync(cancellationToken);
        await ArchiveImport.RememberAsync(context.Store, spec.Digest, spec.Member, source.Commit, cancellationToken);
        return source;
    }

    /// <summary>The archive in a file, checked against its digest.</summary>
    public static async Task<string> FileAsync(ArchiveSpec spec, FetchContext context, CancellationToken cancellationToken) =>
        !spec.Location.IsFile ? await Downloads.FetchAsync(context, [spec.Address, .. context.Mirrors], spec.Digest, cancellationToken)
        : File.Exists(spec.Location.LocalPath) || context.Mirrors.Count == 0
            ? await CheckAsync(spec.Location.LocalPath, spec.Digest, cancellationToken)
        : await Downloads.FetchAsync(context, context.Mirrors, spec.Digest, cancellationToken);

    private static async Task<string> CheckAsync(string file, Sha256Digest digest, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.SourceNotFound, $"the archive '{file}' does not exist",
                "relative paths are relative to the device project"));
        }

        await Downloads.RequireAsync(file, digest, file, cancellationToken);
        return file;
    }

    private async Task<LockedSource> ImportAsync(CancellationToken cancellationToken)
    {
        var kernel = new KernelSearch();
        var member = _spec.Member;
        var imported = member is null ? await TryImportWholeAsync(kernel, stopsAtArchive: true, cancellationToken) : null;
        if (imported is null)
        {
            kernel = new KernelSearch();
            member ??= await ChooseAsync(cancellationToken);
            imported = member is null
                ? await TryImportWholeAsync(kernel, stopsAtArchive: false, cancellationToken)
                : await ImportMemberAsync(member, kernel, cancellationToken);
        }

        var (commit, tree) = imported!.Value;
        SayWhere(kernel, tree.TopFolder);
        return new LockedSource(_spec.Text, _name, _spec.Digest, commit, tree.Tree);
    }

    /// <summary>The archive itself; null when it holds no kernel, but other archives.</summary>
    private async Task<(GitObjectId Commit, ImportedTree Imported)?> TryImportWholeAsync(
        KernelSearch kernel, bool stopsAtArchive, CancellationToken cancellationToken)
    {
        var archives = new List<string>();
        try
        {
            return await ArchiveImport.RunAsync(
                _context, $"{_name} sha256:{_spec.Digest}",
                (take, token) => ArchiveOnDisk.ReadAsync(
                    _file, _name, _context.Cache.Downloads,
                    (members, inner) => take(new WatchedMembers(members, kernel, archives, stopsAtArchive), inner),
                    token, position => _fraction = position),
                () => _fraction(), () => kernel.Folder is not null || archives.Count == 0, cancellationToken);
        }
        catch (ArchiveInArchiveException)
        {
            return null;
        }
    }

    private async Task<string?> ChooseAsync(CancellationToken cancellationToken)
    {
        if (await _wrapped.ChooseAsync(cancellationToken) is not { } only)
        {
            return null;
        }

        _context.Log.Status($"{_name} holds no kernel itself; taking {only}, the one archive in it that does");
        return only;
    }

    private Task<(GitObjectId Commit, ImportedTree Imported)?> ImportMemberAsync(
        string member, KernelSearch kernel, CancellationToken cancellationToken) =>
        ArchiveImport.RunAsync(
            _context, $"{_name} {member} sha256:{_spec.Digest}",
            (take, token) => _wrapped.ReadAsync(
                member, (members, inner) => take(new WatchedMembers(members, kernel, [], stopsAtArchive: false), inner), token),
            () => null, null, cancellationToken);

    private void SayWhere(KernelSearch kernel, string topFolder)
    {
        var folder = RawFolder.Text(kernel.Folder ?? "");
        var inside = topFolder.Length == 0 ? folder : folder.Length > topFolder.Length ? folder[(topFolder.Length + 1)..] : "";
        if (inside.Length > 0)
        {
            _context.Log.Status(
                $"the kernel of {_name} is in its folder {inside}: KernelFolder=\"{inside}\" on the KernelSource item names it");
        }
    }
}
