using System.Security.Cryptography;

namespace KernelBuild.Tests.Fetch;

/// <summary>A flat apt repository of packages made by dpkg-deb, and the APT_CONFIG that names it alone.</summary>
internal sealed class AptRepository
{
    private readonly TestFolder _files;

    public AptRepository(TestFolder files)
    {
        _files = files;
        files.Folder("repository");
        files.Folder("no-parts");
        // over HTTP nothing would listen: a file: repository is read like any other
        files.Write("sources.list", $"deb [trusted=yes] file:{files["repository"]} ./\n");
        Config = files.Write("apt.conf", $"""
            Dir::Etc::sourcelist "{files["sources.list"]}";
            Dir::Etc::sourceparts "{files["no-parts"]}";
            """);
        Index();
    }

    public string Config { get; }

    public void Add(string package, string version, string makefile)
    {
        var root = _files.Folder($"deb/{package}-{version}");
        var top = $"linux-source-{version}";
        _files.Write($"deb/{package}-{version}/DEBIAN/control", $"""
            Package: {package}
            Version: {version}
            Architecture: all
            Maintainer: Test <test@example.org>
            Description: a tiny kernel

            """);
        _files.Write($"tar/{top}/Makefile", makefile);
        Directory.CreateDirectory(Path.Combine(root, "usr/src"));
        Oracle.Text(_files["tar"], "tar", "-cJf", Path.Combine(root, "usr/src", package + ".tar.xz"), top);
        Oracle.Text(
            _files.Path, "dpkg-deb", "--root-owner-group", "-b", root, Path.Combine(_files["repository"], $"{package}_{version}_all.deb"));
        Index();
    }

    public void Remove(string package, string version)
    {
        File.Delete(Path.Combine(_files["repository"], $"{package}_{version}_all.deb"));
        Index();
    }

    /// <summary>What dpkg-scanpackages would write, from what dpkg-deb says.</summary>
    private void Index()
    {
        var stanzas = Directory.EnumerateFiles(_files["repository"], "*.deb").Select(deb =>
            Oracle.Text(_files.Path, "dpkg-deb", "-f", deb)
            + $"\nFilename: ./{Path.GetFileName(deb)}\nSize: {new FileInfo(deb).Length}\nSHA256: "
            + $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(deb)))}\n");
        File.WriteAllText(Path.Combine(_files["repository"], "Packages"), string.Join('\n', stanzas));
    }
}
