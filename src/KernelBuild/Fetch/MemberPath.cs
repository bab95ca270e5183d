namespace KernelBuild.Fetch;

/// <summary>
/// Where in a source tree a member of an archive belongs: a path that stays in the tree, and that git and the file system take.
/// Source of what git refuses: read-cache.c, verify_path, and path.c, is_ntfs_dotgit (core.protectNTFS is on everywhere).
/// </summary>
internal static class MemberPath
{
    // NAME_MAX and PATH_MAX of Linux, the second with a NUL
    private const int LongestPart = 255;
    private const int LongestPath = 4095;

    /// <param name="name">As the archive has it, as Latin-1 text.</param>
    /// <param name="path">"" for the root; otherwise without a slash at either end.</param>
    /// <param name="isRepository">Whether it is a folder .git, or something in one.</param>
    /// <returns>What speaks against it; null when nothing does.</returns>
    public static string? Read(string name, out string path, out bool isRepository)
    {
        path = name.StartsWith("./", StringComparison.Ordinal) ? name[2..].TrimEnd('/') : name.Length > 1 ? name.TrimEnd('/') : name;
        isRepository = false;
        if (path is "" or ".")
        {
            path = "";
            return name.Length == 0 || name[0] == '/' ? "has no name" : null;
        }

        if (path[0] == '/')
        {
            return "is absolute";
        }

        if (path.Length > LongestPath)
        {
            return $"has a path of {path.Length} bytes; Linux takes {LongestPath}";
        }

        foreach (var part in path.Split('/'))
        {
            if (part is "" or "." or ".." || part.Contains('\0', StringComparison.Ordinal))
            {
                return $"has the part '{part.Replace('\0', '?')}'";
            }

            if (part.Length > LongestPart)
            {
                return $"has a name of {part.Length} bytes; Linux takes {LongestPart}";
            }

            if (part == ".git")
            {
                isRepository = true;
            }
            else if (part.Split('\\').Any(IsMistakenForRepository))
            {
                return $"has the part '{part}', which Windows and macOS take for .git, and git therefore refuses";
            }
        }

        return null;
    }

    /// <summary>Whether git refuses a symbolic link of this name.</summary>
    public static bool IsModulesFile(string path) =>
        path[(path.LastIndexOf('/') + 1)..].Equals(".gitmodules", StringComparison.OrdinalIgnoreCase);

    /// <summary>.git in any case, or its short name, followed by what Windows ignores: blanks, dots, the name of a stream.</summary>
    private static bool IsMistakenForRepository(string part)
    {
        var length = part.StartsWith(".git", StringComparison.OrdinalIgnoreCase) ? 4
            : part.StartsWith("git~1", StringComparison.OrdinalIgnoreCase) ? 5
            : 0;
        var rest = part.AsSpan(length).TrimStart(". ");
        return length > 0 && (rest.IsEmpty || rest[0] == ':');
    }
}
