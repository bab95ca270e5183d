using System.Diagnostics;

namespace KernelBuild.Tests.Support;

/// <summary>Runs a program that is not ours, without our runner, and takes its word.</summary>
internal static class Oracle
{
    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Standard output, without the last line break, of a program that must succeed.</summary>
    public static string Run(string folder, string program, params string[] arguments)
    {
        var (exitCode, output, errors) = Try(folder, program, arguments);
        exitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}: {output}{errors}");
        return output.TrimEnd('\n');
    }

    public static (int ExitCode, string Output, string Errors) Try(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        start.Environment["TZ"] = "UTC";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CEILING_DIRECTORIES"] = Path.GetTempPath();
        foreach (var role in (string[])["AUTHOR", "COMMITTER"])
        {
            start.Environment[$"GIT_{role}_NAME"] = "Test Author";
            start.Environment[$"GIT_{role}_EMAIL"] = "author@example.org";
            start.Environment[$"GIT_{role}_DATE"] = "1700000000 +0100";
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }

    public static string Git(string folder, params string[] arguments) =>
        Run(folder, "git", ["-c", "safe.directory=*", "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main", .. arguments]);
}
