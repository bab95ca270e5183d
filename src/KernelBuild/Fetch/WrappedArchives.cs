using KernelBuild.Archives;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>
/// The archives in a vendor's archive, such as Kernel.tar.gz and Platform.tar.gz in one zip: which of them is the kernel.
/// </summary>
internal sealed class WrappedArchives(string file, string name, string scratchFolder)
{
    /// <summary>The one member that is an archive of a kernel; null when the archive holds a kernel itself.</summary>
    /// <exception cref="DiagnosticException">KB1031 when several are, KB1016 when none is.</exception>
    public async Task<string?> ChooseAsync(CancellationToken cancellationToken)
    {
        var itself = new KernelSearch();
        var archives = new List<string>();
        var kernels = new List<string>();
        await ArchiveOnDisk.ReadAsync(
            file, name, scratchFolder,
            async (members, token) =>
            {
                while (members.Next() is { } member)
                {
                    itself.See(member.Name);
                    if (member.Kind == MemberKind.File && ArchiveForm.IsArchiveName(member.Name))
                    {
                        archives.Add(RawFolder.Text(member.Name));
                        if (await HoldsKernelAsync(members, member, token))
                        {
                            kernels.Add(RawFolder.Text(member.Name));
                        }
                    }
                }
            },
            cancellationToken);
        // a name that stands twice is one file
        return itself.Folder is not null ? null : kernels.Distinct(StringComparer.Ordinal).ToArray() switch
        {
            [var one] => one,
            [] => throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.NotAKernel, "neither the archive nor an archive in it holds a kernel (a folder with Makefile and Kconfig)",
                "give the archive of the kernel; where a vendor's has several parts, the one whose name has 'kernel' in it") with
            { File = name, Details = [.. archives.Select(one => $"no kernel is in {one}")] }),
            _ => throw Unclear("several archives in it hold a kernel", kernels),
        };
    }

    /// <summary>Gives the members of one of the archives in it: of a name that stands twice the last, as tar unpacks them.</summary>
    /// <exception cref="DiagnosticException">KB1031 when there is none of that name.</exception>
    public async Task ReadAsync(string wanted, Func<IMemberReader, CancellationToken, Task> take, CancellationToken cancellationToken)
    {
        var others = new List<string>();
        var last = -1;
        await ArchiveOnDisk.ReadAsync(
            file, name, scratchFolder,
            (members, token) =>
            {
                for (var index = 0; members.Next() is { } member; index++)
                {
                    token.ThrowIfCancellationRequested();
                    var text = RawFolder.Text(member.Name);
                    if (text == wanted || text == "./" + wanted)
                    {
                        last = index;
                    }
                    else if (ArchiveForm.IsArchiveName(member.Name))
                    {
                        others.Add(text);
                    }
                }

                return Task.CompletedTask;
            },
            cancellationToken);
        if (last < 0)
        {
            throw Unclear($"it holds no '{wanted}'", others);
        }

        await ArchiveOnDisk.ReadAsync(
            file, name, scratchFolder,
            async (members, token) =>
            {
                for (var index = 0; members.Next() is not null; index++)
                {
                    if (index == last)
                    {
                        await ArchiveFile.ReadAsync(members.OpenContent(), wanted, scratchFolder, take, token);
                        return;
                    }
                }
            },
            cancellationToken);
    }

    private async Task<bool> HoldsKernelAsync(IMemberReader outer, Member member, CancellationToken cancellationToken)
    {
        var kernel = new KernelSearch();
        try
        {
            await ArchiveFile.ReadAsync(
                outer.OpenContent(), member.Name, scratchFolder,
                (inner, token) =>
                {
                    while (inner.Next() is { } one)
                    {
                        token.ThrowIfCancellationRequested();
                        kernel.See(one.Name);
                        if (kernel.IsAtTop)
                        {
                            // the rest of it need not be decompressed
                            throw new ArchiveInArchiveException();
                        }
                    }

                    return Task.CompletedTask;
                },
                cancellationToken);
        }
        catch (ArchiveInArchiveException)
        {
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException
            || e is DiagnosticException { Diagnostics: [{ Code: DiagnosticCodes.ArchiveUnreadable }, ..] })
        {
            // a damaged one is no kernel; if it is the one that is meant, its name gives the reason
            return false;
        }

        return kernel.Folder is not null;
    }

    private DiagnosticException Unclear(string what, List<string> archives) => new(Diagnostic.Error(
        DiagnosticCodes.ArchiveMemberUnclear, what,
        archives.Count > 0 ? $"name the one behind the digest: #sha256=…&member={archives[0]}" : "leave '&member=' out") with
    { File = name, Details = [.. archives.Select(one => "in it: " + one)] });
}
