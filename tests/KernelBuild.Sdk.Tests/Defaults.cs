using System.Text.Json;
using System.Xml.Linq;

namespace KernelBuild.Sdk.Tests;

/// <summary>Sdk.props and Sdk.targets, as MSBuild evaluates them.</summary>
public sealed class Defaults : IDisposable
{
    private const string Asked =
        "-getProperty:Architecture,Compiler,Clang,BootImageVersion,KernelImage,PageSize,CompilerCache,DeviceName,BootTestTimeout,ExpectedGroups";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Sdk(string file) => Repository.PathOf("src", "KernelBuild.Sdk", "Sdk", file);

    private JsonElement Evaluate(string properties, params string[] more)
    {
        var project = _folder.Write(
            "kernels/demo/demo.kernelproj",
            $"<Project><Import Project=\"{Sdk("Sdk.props")}\" /><PropertyGroup>{properties}</PropertyGroup><Import "
            + $"Project=\"{Sdk("Sdk.targets")}\" /></Project>");
        using var document = JsonDocument.Parse(Oracle.Text(_folder.Path, "dotnet", ["msbuild", project, "-nologo", Asked, .. more]));
        return document.RootElement.GetProperty("Properties").Clone();
    }

    private static string[] Values(JsonElement properties) =>
        [.. properties.EnumerateObject().Select(property => property.Value.GetString()!)];

    [Fact]
    public void A_project_that_sets_nothing_gets_them() =>
        Values(Evaluate("")).ShouldBe(["arm64", "clang", "", "4", "Image.gz", "4096", "true", "demo", "120", ""]);

    [Fact]
    public void What_a_project_sets_stays() => Values(Evaluate(
            "<Compiler>gcc</Compiler><Clang>16</Clang><BootImageVersion>2</BootImageVersion><KernelImage>Image</KernelImage><PageSize>2048</PageSize><CompilerCache>false</CompilerCache>"
            + "<DeviceName>other</DeviceName><BootTestTimeout>7</BootTestTimeout><ExpectedGroups>mine.txt</ExpectedGroups>"))
        .ShouldBe(["arm64", "gcc", "16", "2", "Image", "2048", "false", "other", "7", "mine.txt"]);

    [Fact]
    public void What_the_project_states_is_told_from_defaults()
    {
        const string Stated = "-getProperty:_KernelBuildStated";
        Evaluate("", Stated).GetProperty("_KernelBuildStated").GetString().ShouldBe("");
        Evaluate("<KernelImage>Image.gz</KernelImage><Modules>false</Modules>", Stated).GetProperty("_KernelBuildStated").GetString()!.Split(';')
            .ShouldBe(["", "KernelImage", "Modules"]);
    }

    [Fact]
    public void Expected_groups_beside_the_project_are_taken()
    {
        _folder.Write("kernels/demo/expected-groups.txt", "");
        Evaluate("").GetProperty("ExpectedGroups").GetString().ShouldBe("expected-groups.txt");
    }

    /// <summary>Names with an underscore, and those that only the SDK gives, are its own.</summary>
    [Fact]
    public void Every_default_yields_to_the_project()
    {
        string[] own = ["UsingKernelBuildSdk", "KernelBuildProfiles", "DefaultProjectTypeGuid", "BuildDependsOn"];
        var unguarded = new[] { "Sdk.props", "Sdk.targets" }
            .SelectMany(file => XDocument.Load(Sdk(file)).Root!.Elements("PropertyGroup").Elements())
            .Where(property => property.Name.LocalName[0] != '_' && !own.Contains(property.Name.LocalName))
            .Where(property =>
                property.Attribute("Condition")?.Value.Contains($"'$({property.Name.LocalName})' == ''", StringComparison.Ordinal) != true);
        unguarded.Select(property => property.Name.LocalName).ShouldBeEmpty();
    }
}
