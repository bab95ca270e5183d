using KernelBuild.Archives;

namespace KernelBuild.Fetch;

/// <summary>Passes an archive's members on, looks for the kernel among them, and notes the archives.</summary>
internal sealed class WatchedMembers(IMemberReader members, KernelSearch kernel, List<string> archives, bool stopsAtArchive) : IMemberReader
{
    private const long Large = 1 << 20;
    private const int Shallow = 2;

    public string? Oddity => members.Oddity;

    /// <exception cref="ArchiveInArchiveException">Asked for, and a large archive stands where a kernel has none.</exception>
    public Member? Next()
    {
        if (members.Next() is not { } member)
        {
            return null;
        }

        kernel.See(member.Name);
        if (member.Kind == MemberKind.File && ArchiveForm.IsArchiveName(member.Name))
        {
            archives.Add(member.Name);
            if (stopsAtArchive && member.Length > Large && member.Name.Count(letter => letter == '/') <= Shallow && kernel.Folder is null)
            {
                throw new ArchiveInArchiveException();
            }
        }

        return member;
    }

    public Stream OpenContent() => members.OpenContent();

    public void Dispose() => members.Dispose();
}
