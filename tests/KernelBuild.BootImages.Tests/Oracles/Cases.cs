namespace KernelBuild.BootImages.Tests.Oracles;

/// <summary>Real images. They are firmware of their makers and therefore beside the repository, not in it.</summary>
internal static class Cases
{
    public static string RepositoryRoot { get; } = FindRoot();

    public static string PathOf(string name) => Path.Combine(RepositoryRoot, "..", "shared", "cases", "boot", name);

    public static byte[] Unpack(string name) => Oracle.Output("xz", ["-dc", PathOf(name)]);

    private static string FindRoot()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "KernelBuild.sln")))
            {
                return directory;
            }
        }

        throw new InvalidOperationException("the tests do not run from inside the repository");
    }
}
