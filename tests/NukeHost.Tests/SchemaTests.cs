using System.Text.Json;
using System.Text.RegularExpressions;
using Nuke.Common;
using Nuke.Common.Parameters;

namespace NukeHost.Tests;

/// <summary>
/// .nuke/build.schema.json, from which editors complete parameters.json and the <c>nuke</c> tool completes its command line.
/// NUKE writes the file; NukeHost does not.
/// </summary>
public sealed class SchemaTests
{
    private static readonly string _root = FindRoot();
    private static readonly string _sources = string.Concat(
        Directory.EnumerateFiles(Path.Combine(_root, "build"), "*.cs").Select(File.ReadAllText));
    private static readonly JsonElement _schema = JsonElement.Parse(File.ReadAllText(Path.Combine(_root, ".nuke", "build.schema.json")));

    [Fact]
    public void It_names_the_targets_of_the_build()
    {
        var declared = Regex.Matches(_sources, @"^    private Target (\w+) =>", RegexOptions.Multiline);
        Values("ExecutableTarget").ShouldBe(declared.Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void It_describes_the_parameters_of_the_build()
    {
        var declared = Regex.Matches(_sources, """\[Parameter\("([^"]+)"(?:, Name = "(\w+)")?\)\]\s+private readonly \S+ (\w+);""")
            .Select(match => (Name: match.Groups[match.Groups[2].Success ? 2 : 3].Value, Description: match.Groups[1].Value))
            .ToList();
        declared.Count.ShouldBe(Regex.Count(_sources, @"\[Parameter\("));
        Described(_schema.GetProperty("allOf")[0]).ShouldBe(declared.OrderBy(parameter => parameter.Name, StringComparer.Ordinal));
    }

    [Fact]
    public void It_describes_the_parameters_of_every_build()
    {
        Described(_schema.GetProperty("definitions").GetProperty("NukeBuild"))
            .ShouldBe(BuiltInParameters.All.Select(parameter => (parameter.Name, parameter.Description)));
        Values("Host").ShouldBe(Enum.GetNames<Nuke.Common.CI.HostName>());
        Values("Verbosity").ShouldBe(Enum.GetNames<Verbosity>());
    }

    private static IEnumerable<string?> Values(string definition) =>
        _schema.GetProperty("definitions").GetProperty(definition).GetProperty("enum").EnumerateArray().Select(value => value.GetString());

    private static IEnumerable<(string Name, string Description)> Described(JsonElement owner) =>
        owner.GetProperty("properties").EnumerateObject()
            .Select(property => (property.Name, property.Value.GetProperty("description").GetString()!));

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "KernelBuild.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
