using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch.Manifests;

namespace KernelBuild.Tests.Fetch;

/// <summary>What a manifest means, by itself. The expected values are those of the repo tool.</summary>
public sealed class ManifestRules
{
    private const string Head = "<manifest>\n<remote name=\"o\" fetch=\".\"/>\n<default remote=\"o\" revision=\"main\"/>\n";

    private static async Task<RepoManifest> ReadAsync(params (string File, string Text)[] files) =>
        ManifestReader.Read(await new ManifestXml("https://example.org/manifest", (name, _) =>
            Task.FromResult(files.FirstOrDefault(file => file.File == name).Text is { } text ? Encoding.UTF8.GetBytes(text) : null))
            .ReadAsync("default.xml", CancellationToken.None));

    private static async Task<string[]> ProjectsAsync(string elements) =>
        [.. (await ReadAsync(("default.xml", Head + elements + "</manifest>"))).Projects.Select(one => $"{one.Name} {one.Path} {one.Remote.Name} {one.Revision}")];

    [Theory]
    [InlineData("""<project name="a"/>""", "a a o main")]
    [InlineData("""<project name="a" path="b/"/>""", "a b o main")]
    [InlineData("""<remote name="p" fetch="/x" revision="r"/><project name="a" remote="p"/>""", "a a p r")]
    [InlineData("""<project name="a"><project name="b"/><project name="c" path="d"/></project>""", "a a o main|a/b a/a/b o main|a/c a/d o main")]
    [InlineData("""<project name="a"/><project name="a" path="b"/>""", "a a o main|a b o main")]
    [InlineData("""<project name="a"/><project name="a" path="b"/><extend-project name="a" path="b" revision="r"/>""", "a a o main|a b o r")]
    [InlineData("""<project name="a"/><extend-project name="a" dest-path="z" remote="o"/>""", "a z o main")]
    [InlineData("""<project name="a"/><project name="b"/><remove-project name="a"/>""", "b b o main")]
    [InlineData("""<project name="a"/><project name="a" path="b"/><remove-project path="b"/>""", "a a o main")]
    [InlineData("""<project name="a"/><remove-project name="a"/><project name="a" path="z"/>""", "a z o main")]
    [InlineData("""<project name="a"/><remove-project name="no" optional="true"/><x:y xmlns:x="u"/><unknown/>""", "a a o main")]
    [InlineData("""<default/><project name="a"/>""", "a a o main")]
    [InlineData("""<remote name="o" fetch="."/><project name="a"/>""", "a a o main")]
    public async Task Elements_change_projects_in_their_order(string elements, string expected) =>
        (await ProjectsAsync(elements)).ShouldBe(expected.Split('|'));

    [Theory]
    [InlineData("""<project name="a"/><project name="b" path="a"/>""", "have one path")]
    [InlineData("""<project name="a"/><project name="b" path="a//"/>""", "have one path")]
    [InlineData("""<project name="a" remote="p"/>""", "remote 'p' is not defined")]
    [InlineData("""<project path="a"/>""", "<project> has no name")]
    [InlineData("""<remote name="o" fetch="/other"/>""", "is there twice")]
    [InlineData("""<default revision="other"/>""", "second <default>")]
    [InlineData("""<extend-project name="a"/>""", "which is not there")]
    [InlineData("""<remove-project name="a"/>""", "a project that is not there")]
    [InlineData("""<remove-project/>""", "neither name nor path")]
    [InlineData("""<project name="a"/><remove-project name="a" base-rev="x"/>""", "base-rev")]
    [InlineData("""<project name="a"/><project name="b"/><extend-project name="a" dest-path="b"/>""", "where the project 'b' stands")]
    [InlineData("""<project name="a"/><extend-project name="a" dest-path="../b"/>""", "dest-path of <extend-project>")]
    [InlineData("""<project name="../a"/>""", "has the part '..'")]
    [InlineData("""<project name="a" path="/a"/>""", "is absolute")]
    [InlineData("""<project name="a" path="x/.Git"/>""", "has the part '.Git'")]
    [InlineData("""<project name="a" path=".repo/x"/>""", "has the part '.repo'")]
    [InlineData("""<project name="a~1"/>""", "short names")]
    [InlineData("""<project name="a"><linkfile src="../x" dest="y"/></project>""", "src of <linkfile>")]
    [InlineData("""<project name="a"><linkfile src="x" dest="../y"/></project>""", "dest of <linkfile>")]
    [InlineData("""<project name="a"><copyfile src="." dest="y"/></project>""", "src of <copyfile>")]
    [InlineData("""<project name="a"><copyfile src="x/" dest="y"/></project>""", "ends in '/'")]
    [InlineData("""<project name="a"><copyfile src="x"/></project>""", "<copyfile> has no dest")]
    [InlineData("""<project name="a" clone-depth="0"/>""", "above 0")]
    [InlineData("""<submanifest name="s"/>""", "submanifest 's'")]
    [InlineData("""<repo-hooks in-project="a" enabled-list="x"/>""", "not there exactly once")]
    [InlineData("""<include name="no.xml"/>""", "'no.xml' is not in the repository")]
    [InlineData("""<include name="default.xml"/>""", "default.xml → default.xml")]
    [InlineData("""<include name="../x.xml"/>""", "name of <include>")]
    [InlineData("""<project""", "no XML")]
    public async Task What_repo_refuses_is_KB1024_with_its_line(string elements, string expected)
    {
        var finding = await Findings.OfAsync("KB1024", () => ProjectsAsync(elements));
        finding.Message.ShouldContain(expected);
        finding.File.ShouldBe("default.xml");
        finding.Line.ShouldBe(4);
    }

    [Theory]
    [InlineData("<!DOCTYPE manifest [<!ENTITY a \"b\">]><manifest/>", "DTD")]
    [InlineData("<projects/>", "<manifest> was expected")]
    [InlineData("", "no XML")]
    public async Task A_file_that_is_no_manifest_is_KB1024(string text, string expected) =>
        (await Findings.OfAsync("KB1024", () => ReadAsync(("default.xml", text)))).Message.ShouldContain(expected);

    [Fact]
    public async Task Includes_hand_on_groups_and_revision()
    {
        var manifest = await ReadAsync(
            ("default.xml", Head + "<include name=\"a.xml\" groups=\"g\" revision=\"r\"/></manifest>"),
            ("a.xml", "<manifest><project name=\"a\" groups=\"own\"/><project name=\"b\" revision=\"s\"/><include name=\"c.xml\" groups=\"h\"/></manifest>"),
            ("c.xml", "<manifest><project name=\"c\"/><extend-project name=\"a\"/></manifest>"));
        manifest.Projects.Select(one => $"{one.Name} {one.Revision} {string.Join(',', one.Groups)}").ShouldBe(
        [
            "a r all,g,h,name:a,own,path:a", "b s all,g,name:b,path:b", "c r all,g,h,name:c,path:c",
        ]);
    }

    [Fact]
    public async Task A_circle_of_includes_is_KB1024()
    {
        var finding = await Findings.OfAsync("KB1024", () => ReadAsync(
            ("default.xml", Head + "<include name=\"a.xml\"/></manifest>"), ("a.xml", "<manifest>\n<include name=\"default.xml\"/></manifest>")));
        finding.Message.ShouldContain("default.xml → a.xml → default.xml");
        (finding.File, finding.Line).ShouldBe(("a.xml", 2));
    }

    /// <summary>The last column is what repo makes of it: manifest_xml.py, _XmlRemote, with Python's urljoin.</summary>
    [Theory]
    [InlineData("..", "https://android.googlesource.com/kernel/manifest", "https://android.googlesource.com/")]
    [InlineData("https://android.googlesource.com", "https://h.example/m", "https://android.googlesource.com")]
    [InlineData(".", "https://h.example/a/b/c/m.git", "https://h.example/a/b/c/")]
    [InlineData("..", "https://h.example/a/b/c/m.git", "https://h.example/a/b/")]
    [InlineData("../../x/", "https://h.example/a/b/c/m.git", "https://h.example/a/x")]
    [InlineData("../../../../../..", "https://h.example/a/m", "https://h.example")]
    [InlineData("/abs/../b", "https://h.example:8443/a/m/", "https://h.example:8443/b")]
    [InlineData("../CodeLinaro", "git@github.com:LineageOS/android", "ssh://git@github.com/CodeLinaro")]
    [InlineData("git@o.example:foo/", "https://h.example/m", "ssh://git@o.example/foo")]
    [InlineData("ssh://git@o.example:29418/x", "git@github.com:LineageOS/android", "ssh://git@o.example:29418/x")]
    [InlineData("../a//b", "file:///srv/git/x/manifest", "file:///srv/git/a/b")]
    [InlineData(".", "host:path/to/m", "host:path/to/")]
    public void Relative_addresses_are_resolved_as_repo_does(string fetch, string manifest, string expected) =>
        FetchUrl.Resolve(fetch, manifest).ShouldBe(expected);

    [Theory]
    [InlineData("*.c", "a.c", true)]
    [InlineData("*.c", ".a.c", false)]
    [InlineData(".*", ".a.c", true)]
    [InlineData("[ab]?.c", "bx.c", true)]
    [InlineData("[!ab].c", "a.c", false)]
    [InlineData("[]x].c", "].c", true)]
    [InlineData("[a", "[a", true)]
    [InlineData("a+b*", "a+bc", true)]
    public void Patterns_are_those_of_glob(string pattern, string name, bool expected) => NamePattern.Matches(pattern, name).ShouldBe(expected);

    [Fact]
    public async Task Damaged_bytes_are_read_or_KB1024()
    {
        var text = Encoding.UTF8.GetBytes(Head + """
            <notice>nöte</notice><superproject name="s"/><contactinfo bugurl="u"/><manifest-server url="u"/>
            <project name="a" path="b/c" groups="g,h" sync-s="true" clone-depth="1"><copyfile src="x" dest="y"/><linkfile src="." dest="z"/></project>
            <project name="b"><project name="c"/><annotation name="n" value="v"/></project>
            <extend-project name="a" path="b/c" dest-path="d" groups="i"/><remove-project name="b"/></manifest>
            """);
        var random = new Random(18);
        var read = 0;
        for (var i = 0; i < 2000; i++)
        {
            var damaged = (byte[])text.Clone();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            }

            try
            {
                ManifestReader.Read(await new ManifestXml("x", (_, _) => Task.FromResult<byte[]?>(damaged)).ReadAsync("default.xml", CancellationToken.None));
                read++;
            }
            catch (DiagnosticException e)
            {
                e.Diagnostics[0].Code.ShouldBe("KB1024");
            }
        }

        read.ShouldBeInRange(100, 1900);
    }
}
