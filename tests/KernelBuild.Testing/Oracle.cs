using System.Diagnostics;
using System.Text;

namespace KernelBuild.Testing;

/// <summary>Runs a program that is not ours, without our runner, and takes its word.</summary>
public static class Oracle
{
    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Standard output of a program that must succeed.</summary>
    public static byte[] Output(string program, string[] arguments, byte[]? input = null, string? directory = null)
    {
        var (exitCode, output, errors) = Run(program, arguments, input, directory);
        exitCode.ShouldBe(
            0,
            $"{program} {string.Join(' ', arguments)}: {Encoding.UTF8.GetString(output.AsSpan(0, Math.Min(output.Length, 4000)))}{errors}");
        return output;
    }

    /// <summary>Standard output, without the last line breaks, of a program that must succeed.</summary>
    public static string Text(string folder, string program, params string[] arguments) =>
        Encoding.UTF8.GetString(Output(program, arguments, directory: folder)).TrimEnd('\n');

    /// <summary>git without anybody's configuration, with the identity and the time of <see cref="Run"/>.</summary>
    public static string Git(string folder, params string[] arguments) =>
        Text(folder, "git", ["-c", "safe.directory=*", "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main", .. arguments]);

    public static (int ExitCode, string Output, string Errors) Try(string folder, string program, params string[] arguments)
    {
        var (exitCode, output, errors) = Run(program, arguments, directory: folder);
        return (exitCode, Encoding.UTF8.GetString(output), errors);
    }

    public static (int ExitCode, byte[] Output, string Errors) Run(
        string program, string[] arguments, byte[]? input = null, string? directory = null)
    {
        using var process = Process.Start(StartOf(program, arguments, directory ?? ""))!;
        var errors = process.StandardError.ReadToEndAsync();
        var feeding = Task.Run(() =>
        {
            try
            {
                process.StandardInput.BaseStream.Write(input ?? []);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // a program that stops reading says why in its exit code
            }
        });
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        feeding.Wait();
        process.WaitForExit();
        return (process.ExitCode, output.ToArray(), errors.GetAwaiter().GetResult());
    }

    private static ProcessStartInfo StartOf(string program, string[] arguments, string directory)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
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

        return start;
    }
}
