using KernelBuild.Diagnostics;

namespace KernelBuild.Archives;

/// <summary>Opens an archive of any form, and of an archive in an archive as well.</summary>
internal static class ArchiveFile
{
    private const int BufferLength = 1 << 20;

    /// <summary>Gives the members of an archive to an action, which runs on a thread that may block.</summary>
    /// <param name="stored">The archive as it is stored; left open.</param>
    /// <param name="name">Of the archive, for messages.</param>
    /// <param name="scratchFolder">Where a zip archive is put that comes in a stream: its directory stands at its end.</param>
    /// <exception cref="DiagnosticException">KB1005 when it is no archive, or cannot be decompressed.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="EndOfStreamException">It is cut short.</exception>
    public static async Task ReadAsync(
        Stream stored, string name, string scratchFolder, Func<IMemberReader, CancellationToken, Task> take,
        CancellationToken cancellationToken)
    {
        var head = new byte[ArchiveForm.HeadLength];
        var length = await stored.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        var form = ArchiveForm.Of(head.AsSpan(0, length), name);
        await using var whole = new PrefixedStream(head.AsMemory(0, length), stored);
        if (form.IsZip)
        {
            await using var scratch = stored.CanSeek ? null : await KeepAsync(whole, scratchFolder, cancellationToken);
            await Task.Run(() => TakeAsync(new ZipMembers(scratch ?? stored)), cancellationToken);
        }
        else if (form.Decompressor is { } decompressor)
        {
            try
            {
                await (decompressor with
                {
                    InputProducer = (input, token) => whole.CopyToAsync(input, BufferLength, token),
                    OutputConsumer = (tar, token) => Task.Run(() => TakeTarAsync(tar), token),
                }).RunAsync(cancellationToken);
            }
            catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
            {
                throw new DiagnosticException(
                    Diagnostic.Error(
                        DiagnosticCodes.ArchiveUnreadable, "the archive cannot be decompressed",
                        "fetch it again; if the digest was right, the archive itself is damaged") with
                    { File = name, Details = e.Diagnostics[0].Details },
                    e);
            }
        }
        else
        {
            await Task.Run(() => TakeTarAsync(whole), cancellationToken);
        }

        // the buffer is not disposed: that would close the stream, which its owner drains
        Task TakeTarAsync(Stream tar) => TakeAsync(new TarMembers(new BufferedStream(tar, BufferLength)));

        async Task TakeAsync(IMemberReader members)
        {
            using (members)
            {
                await take(members, cancellationToken);
            }
        }
    }

    /// <summary>A file without a name: it is gone when it is closed, however this process ends.</summary>
    private static async Task<FileStream> KeepAsync(Stream stored, string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{Guid.NewGuid():N}.zip.part");
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, BufferLength);
        try
        {
            File.Delete(path);
            await stored.CopyToAsync(file, BufferLength, cancellationToken);
            file.Position = 0;
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }
}
