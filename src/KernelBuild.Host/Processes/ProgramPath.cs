namespace KernelBuild.Host.Processes;

/// <summary>Finds programs as execvp(3) would.</summary>
public static class ProgramPath
{
    /// <summary>The full path of a program on the given PATH, or null.</summary>
    public static string? Find(string program, string? path = null)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return IsExecutable(program) ? Path.GetFullPath(program) : null;
        }

        path ??= Environment.GetEnvironmentVariable("PATH") ?? "";
        foreach (var folder in path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var candidate = Path.Combine(
                folder, OperatingSystem.IsWindows() && !program.Contains('.', StringComparison.Ordinal) ? program + ".exe" : program);
            if (IsExecutable(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>On PATH, else where Debian has programs of the administrator: a user's PATH lacks those folders.</summary>
    public static string? FindAlsoInSbin(string program) => Find(program) ?? Find(program, "/usr/sbin:/sbin");

    private static bool IsExecutable(string path) =>
        File.Exists(path)
        && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}
