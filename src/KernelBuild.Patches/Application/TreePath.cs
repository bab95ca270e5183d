namespace KernelBuild.Patches.Application;

/// <summary>Which paths may stand in a tree (git: verify_path): nothing that leaves it, nothing that is git's own.</summary>
internal static class TreePath
{
    /// <summary>Why a path may not be touched; null when it may.</summary>
    public static string? WhyUnsafe(string path)
    {
        if (path.Length == 0 || path[0] == '/')
        {
            return "it is absolute";
        }

        if (path.Contains('\0', StringComparison.Ordinal) || path.Contains('\n', StringComparison.Ordinal))
        {
            return "it has a NUL or a line break in it";
        }

        foreach (var part in path.Split('/'))
        {
            if (part is "" or "." or "..")
            {
                return "it climbs: '.' and '..' are no names";
            }

            if (IsGitFolder(part))
            {
                return "it is git's own folder";
            }
        }

        return null;
    }

    /// <summary>".git" however a file system may spell it: letter case, NTFS's short name, trailing dots and blanks.</summary>
    private static bool IsGitFolder(string part)
    {
        var name = part.Split(':', '\\')[0].TrimEnd('.', ' ');
        return name.Equals(".git", StringComparison.OrdinalIgnoreCase) || name.Equals("git~1", StringComparison.OrdinalIgnoreCase);
    }
}
