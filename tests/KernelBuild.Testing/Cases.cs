namespace KernelBuild.Testing;

/// <summary>Real images. They are firmware of their makers and therefore beside the repository, not in it.</summary>
public static class Cases
{
    public static string PathOf(string name) => Repository.PathOf("..", "shared", "cases", "boot", name);

    public static byte[] Unpack(string name) => Oracle.Output("xz", ["-dc", PathOf(name)]);
}
