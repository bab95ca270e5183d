using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>archive:URL-OR-FILE#sha256=DIGEST: checked before a byte of it is unpacked.</summary>
internal static class ArchiveSource
{
    public static async Task<LockedSource> FetchAsync(ArchiveSpec spec, FetchContext context, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(spec.Location.LocalPath);
        if (await ArchiveImport.FindAsync(context.Store, spec.Digest, cancellationToken) is var (known, knownTree))
        {
            return new LockedSource(spec.Text, name, spec.Digest, known, knownTree);
        }

        var file = spec.Location.IsFile
            ? await CheckAsync(spec.Location.LocalPath, spec.Digest, cancellationToken)
            : await Downloads.FetchAsync(context, [spec.Address, .. context.Mirrors], spec.Digest, cancellationToken);
        var (commit, tree) = await ArchiveImport.RunAsync(
            context, spec.Digest, $"{name} sha256:{spec.Digest}", (take, token) => ReadAsync(file, name, take, token), cancellationToken);
        return new LockedSource(spec.Text, name, spec.Digest, commit, tree);
    }

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

    private static async Task ReadAsync(
        string file, string name, Func<Stream, CancellationToken, Task> take, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file);
        var head = new byte[512];
        var length = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        if (ArchiveImport.Decompressor(head.AsSpan(0, length), name) is not { } decompressor)
        {
            stream.Position = 0;
            await take(stream, cancellationToken);
            return;
        }

        try
        {
            await (decompressor with { OutputConsumer = take }).WithArguments(file).RunAsync(cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            throw new DiagnosticException(
                Diagnostic.Error(DiagnosticCodes.ArchiveUnreadable, "the archive cannot be decompressed") with
                { File = name, Details = e.Diagnostics[0].Details },
                e);
        }
    }
}
