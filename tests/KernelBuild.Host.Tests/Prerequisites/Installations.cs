namespace KernelBuild.Host.Tests.Prerequisites;

/// <summary>Installations that come to nothing, in a process whose PATH begins with an apt-get of the test's.</summary>
public sealed class Installations : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Install(string aptGet)
    {
        _folder.Script("bin/apt-get", $"echo \"$@\" >> {_folder["calls"]}\n{aptGet}");
        var path = _folder["bin"] + ":" + Environment.GetEnvironmentVariable("PATH");
        var (exitCode, output, errors) = Oracle.Try(_folder.Path, "env", "PATH=" + path, DummyProgram.Path, "install", "flex");
        exitCode.ShouldBe(1, errors);
        return output;
    }

    [FactAsRoot]
    public void A_package_that_apt_does_not_find_is_KB4007_with_apts_words_and_after_fresh_lists()
    {
        var said = Install("[ \"$2\" != install ] || { echo 'E: Unable to locate package flex' >&2; exit 100; }");
        said.ShouldContain("error KB4007: apt cannot install flex");
        said.ShouldContain("fix: run by hand: apt-get install -y --no-install-recommends flex");
        said.ShouldContain("| E: Unable to locate package flex");
        File.ReadAllLines(_folder["calls"]).TakeLast(3)
            .ShouldBe(["-q install -y --no-install-recommends flex", "-q update", "-q install -y --no-install-recommends flex"]);
    }

    [FactAsRoot]
    public void A_package_that_does_not_bring_its_program_is_KB4007() =>
        Install("exit 0").ShouldContain("error KB4007: installed, but still not found: flex");
}
