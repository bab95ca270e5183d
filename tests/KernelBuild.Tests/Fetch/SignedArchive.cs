using System.Globalization;
using System.Security.Cryptography;

namespace KernelBuild.Tests.Fetch;

/// <summary>
/// An archive as Debian's, with suites below dists/, each signed by gpg with a key of the test, and an APT_CONFIG whose sources name one of
/// the
/// suites only.
/// </summary>
internal sealed class SignedArchive
{
    private const string OwnSuite = "stable";

    private readonly TestFolder _files;
    private readonly Dictionary<string, OpenPgpKey> _keys = new(StringComparer.Ordinal);

    public SignedArchive(TestFolder files)
    {
        _files = files;
        files.Folder("parts");
        files.Folder("no-parts");
        Key("archive");
        Config = files.Write("apt.conf", $"""
            Dir::Etc::sourcelist "{files["sources.list"]}";
            Dir::Etc::sourceparts "{files["parts"]}";
            Dir::Etc::parts "{files["no-parts"]}";
            Dir::Etc::main "/dev/null";
            """);
        Sources($"deb [signed-by={KeyOf("archive")}] file:{files["debian"]} {OwnSuite} main\n");
        Publish(OwnSuite);
    }

    public string Config { get; }

    public string Mirror => _files["debian"];

    public void Sources(string text) => _files.Write("sources.list", text);

    /// <summary>The public key of a name, made when it is first asked for.</summary>
    public string KeyOf(string name) => _keys[name].PublicKey;

    /// <summary>A secret key of gpg, and its public part beside it.</summary>
    public void Key(string name) => _keys[name] = new OpenPgpKey(_files, name);

    /// <summary>Puts a package into a suite of the archive and signs the suite anew.</summary>
    public void Add(string suite, string package, string version, string makefile, string mirror = "debian")
    {
        var root = _files.Folder($"deb/{suite}/{package}-{version}");
        _files.Write($"deb/{suite}/{package}-{version}/DEBIAN/control", $"""
            Package: {package}
            Version: {version}
            Architecture: all
            Maintainer: Test <test@example.org>
            Description: a tiny kernel

            """);
        _files.Write($"tar/{suite}/linux-source-{version}/Makefile", makefile);
        Directory.CreateDirectory(Path.Combine(root, "usr/src"));
        Oracle.Text(_files[$"tar/{suite}"], "tar", "-cJf", Path.Combine(root, "usr/src", package + ".tar.xz"), $"linux-source-{version}");
        Oracle.Text(_files.Path, "dpkg-deb", "--root-owner-group", "-b", root, Path.Combine(_files.Folder($"{mirror}/pool/{suite}"),
            $"{package}_{version}_all.deb"));
        Publish(suite, mirror: mirror);
    }

    /// <summary>Packages, Release and InRelease of a suite.</summary>
    /// <param name="key">Whose signature it gets; null for none.</param>
    /// <param name="validFor">From now on.</param>
    public void Publish(string suite, string? key = "archive", TimeSpan? validFor = null, string mirror = "debian")
    {
        var pool = _files.Folder($"{mirror}/pool/{suite}");
        var stanzas = Directory.EnumerateFiles(pool, "*.deb").Order(StringComparer.Ordinal).Select(deb =>
            Oracle.Text(_files.Path, "dpkg-deb", "-f", deb)
            + $"\nFilename: pool/{suite}/{Path.GetFileName(deb)}\nSize: {new FileInfo(deb).Length}\nSHA256: "
                + $"{Digest(File.ReadAllBytes(deb))}\n");
        var lines = new List<string>();
        foreach (var architecture in (string[])["amd64", "arm64"])
        {
            var name = $"main/binary-{architecture}/Packages";
            var packages = _files.Write($"{mirror}/dists/{suite}/{name}", string.Join('\n', stanzas));
            lines.Add($" {Digest(File.ReadAllBytes(packages))} {new FileInfo(packages).Length} {name}");
        }

        var now = DateTime.UtcNow.AddHours(-1);
        var release = _files.Write(
            $"{mirror}/dists/{suite}/Release",
            $"Origin: Test\nSuite: {suite}\nCodename: {suite}\nDate: {Date(now)}\n"
            + (validFor is { } span ? $"Valid-Until: {Date(now + span)}\n" : "")
            + $"Architectures: amd64 arm64 all\nComponents: main\nSHA256:\n{string.Join('\n', lines)}\n");
        var signed = _files[$"{mirror}/dists/{suite}/InRelease"];
        File.Delete(signed);
        if (key is not null)
        {
            _keys[key].Gpg("--clearsign", "--output", signed, release);
        }
    }

    private static string Date(DateTime time) => time.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    private static string Digest(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
