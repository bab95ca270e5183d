namespace KernelBuild.Tests.Fetch;

/// <summary>copyfile and linkfile where files are in their way: what stops repo stops us, what it prints an error for is a warning.</summary>
public sealed class ManifestLinkFaults : IDisposable
{
    private readonly ManifestServer _server = new();

    public ManifestLinkFaults()
    {
        var repository = _server.Add("a", "dir/file.c");
        File.CreateSymbolicLink(Path.Combine(repository.Folder, "up"), "../..");
        repository.Commit("last.c", "last\n");
        _server.Add("b");
    }

    public void Dispose() => _server.Dispose();

    [Theory]
    [InlineData("""<linkfile src="dir" dest="a/up/x"/>""", "over the symbolic link 'a/up'")]
    [InlineData("""<copyfile src="last.c" dest="a/up/x"/>""", "over the symbolic link 'a/up'")]
    [InlineData("""<linkfile src="up/x" dest="x"/>""", "over the symbolic link 'a/up'")]
    [InlineData("""<copyfile src="up" dest="x"/>""", "over the symbolic link 'a/up'")]
    [InlineData("""<linkfile src="dir" dest="l"/><linkfile src="last.c" dest="l/x"/>""", "over the symbolic link 'l'")]
    [InlineData("""<copyfile src="dir" dest="x"/>""", "'a/dir' is a folder")]
    [InlineData("""<copyfile src="last.c" dest="a/dir"/>""", "'a/dir' is a folder")]
    public async Task What_leads_over_a_link_or_takes_a_folder_for_a_file_is_KB1024(string element, string expected)
    {
        _server.Write($"\n<project name=\"a\">{element}</project>");
        var finding = await Findings.OfAsync("KB1024", () => _server.FetchAsync());
        finding.Message.ShouldContain(expected);
        (finding.File, finding.Line).ShouldBe(("default.xml", 2));
    }

    [Theory]
    [InlineData("""<copyfile src="no.c" dest="x"/>""", "there is no 'a/no.c'")]
    [InlineData("""<linkfile src="dir" dest="a/last.c"/>""", "a file stands there")]
    [InlineData("""<linkfile src="last.c" dest="a/dir"/>""", "a folder stands there")]
    [InlineData("""<linkfile src="last.c" dest="a/last.c/x"/>""", "'a/last.c' is a file")]
    [InlineData("""<linkfile src="*.c" dest="a/last.c"/>""", "no folder for its links")]
    public async Task What_cannot_be_made_is_left_out_with_KB1025(string element, string expected)
    {
        _server.Write($"<project name=\"a\">{element}</project>");
        var source = await _server.FetchAsync();
        var finding = _server.Bench.Log.Findings.ShouldHaveSingleItem();
        (finding.Code, finding.Line).ShouldBe(("KB1025", 1));
        finding.Message.ShouldContain(expected);
        _server.Files(source).ShouldBe(["100644 a/Makefile", "100644 a/dir/file.c", "100644 a/last.c", "120000 a/up -> ../.."]);
    }

    [Fact]
    public async Task A_link_may_lead_to_what_is_not_there_and_replace_a_link()
    {
        _server.Write("""<project name="a"><linkfile src="no" dest="x"/><linkfile src="dir" dest="a/up"/></project>""");
        var files = _server.Files(await _server.FetchAsync());
        files.ShouldContain("120000 x -> a/no");
        files.ShouldContain("120000 a/up -> dir");
        _server.Bench.Log.Findings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a/last.c")]
    [InlineData("a/up/b")]
    public async Task A_project_in_a_file_of_another_is_KB1024(string path)
    {
        _server.Write($"<project name=\"a\"/>\n<project name=\"b\" path=\"{path}\"/>");
        (await Findings.OfAsync("KB1024", () => _server.FetchAsync())).Line.ShouldBe(2);
    }
}
