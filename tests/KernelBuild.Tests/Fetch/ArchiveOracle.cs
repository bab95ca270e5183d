using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>What tar, unzip and git make of an archive.</summary>
internal static class ArchiveOracle
{
    public static string Spec(string file, string rest = "") => $"archive:{file}#sha256={Sha256Digest.OfFile(file)}{rest}";

    /// <summary>The tree of a folder, byte for byte, with what .gitignore names; repositories in it are not part of it.</summary>
    public static string TreeOf(string folder)
    {
        Oracle.Text(folder, "find", ".", "-name", ".git", "-prune", "-exec", "rm", "-rf", "{}", "+");
        Oracle.Git(folder, "init", "-q");
        File.WriteAllText(Path.Combine(folder, ".git/info/attributes"), "* -text -ident\n");
        Oracle.Git(folder, "-c", "core.autocrlf=false", "-c", "core.fileMode=true", "add", "-A", "-f");
        return Oracle.Git(folder, "write-tree");
    }

    /// <summary>The tree of an archive's one top folder, unpacked by tar.</summary>
    public static string TreeByTar(TestDevice bench, string tar, string top = "linux")
    {
        var folder = bench.Files.Folder("by-tar-" + Guid.NewGuid().ToString("N"));
        Oracle.Text(folder, "tar", "--no-same-owner", "-xf", tar);
        return TreeOf(Path.Combine(folder, top));
    }

    /// <summary>
    /// The same by unzip. Its locale is UTF-8: in the C locale it writes names that are not ASCII as #Uxxxx. -^ keeps control characters.
    /// </summary>
    public static string TreeByUnzip(TestDevice bench, string zip, string top = "linux")
    {
        var folder = bench.Files.Folder("by-unzip-" + Guid.NewGuid().ToString("N"));
        Oracle.Text(folder, "env", "LC_ALL=C.UTF-8", "unzip", "-^", "-q", zip);
        return TreeOf(Path.Combine(folder, top));
    }

    /// <summary>Imports it, asks git about the work tree that the same pass filled, and gives the tree.</summary>
    public static async Task<LockedSource> ImportAsync(TestDevice bench, string file, string rest = "")
    {
        var source = await bench.FetchAsync(Spec(file, rest)).WaitAsync(TimeSpan.FromSeconds(60));
        bench.GitInTree("update-index", "--really-refresh").ShouldBeEmpty();
        bench.GitInTree("diff-index", "--cached", source.Tree.ToString()).ShouldBeEmpty();
        bench.GitInTree("ls-files", "--others").ShouldBeEmpty();
        return source;
    }
}
