namespace KernelBuild.Sdk.Tests;

/// <summary>The console logger, loaded by MSBuild itself.</summary>
public sealed class LinesOfTheLogger : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private (int ExitCode, string[] Lines) Run(string content)
    {
        var project = _folder.Write("demo.proj", $"<Project>{content}</Project>");
        var logger = $"-logger:KernelBuild.Sdk.BuildLogger,{typeof(BuildLogger).Assembly.Location};{_folder["imports"]}";
        var (exitCode, output, errors) = Oracle.Try(
            _folder.Path, "env", "MSBUILDLOGIMPORTS=1", "dotnet", "msbuild", project, "-nologo", "-noConsoleLogger", logger);
        errors.ShouldBe("");
        return (exitCode, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Findings_are_in_canonical_form_and_messages_are_as_they_are()
    {
        var (exitCode, lines) = Run(
            """<Target Name="Build"><Message Text="compiling" Importance="high" /><Message Text="unheard" /><Warning Code="KB2012" File="a.patch" Text="moved" /><Error Code="KB9003" File="x.kernelproj" Text="wrong" /></Target>""");
        exitCode.ShouldBe(1);
        lines.ShouldBe(["compiling", "a.patch: warning KB2012: moved", "x.kernelproj: error KB9003: wrong"]);
    }

    [Fact]
    public void The_list_names_every_import_and_one_that_was_not_there()
    {
        _folder.Write("more.props", "<Project />");
        Run(
            """<Import Project="more.props" /><Import Project="absent.props" Condition="Exists('absent.props')" /><Target Name="Build" />""").ExitCode.ShouldBe(0);
        File.ReadAllLines(_folder["imports"]).ShouldBe([_folder["absent.props"], _folder["more.props"]]);
    }

    [Fact]
    public void There_is_no_list_where_an_import_cannot_be_named()
    {
        Run("""<Import Project="$(SomeFolder)*.props" Condition="'$(SomeFolder)' != ''" /><Target Name="Build" />""").ExitCode.ShouldBe(0);
        File.Exists(_folder["imports"]).ShouldBeFalse();
    }
}
