using Nuke.Common;
using Nuke.Common.Output;

namespace NukeHost.Tests;

/// <summary>Builds set static state: the tests that run one in this process run one after the other.</summary>
[CollectionDefinition(Name)]
public static class BuildsInThisProcess
{
    public const string Name = "builds in this process";
}

/// <summary>A build that ran in this process, in a directory of its own.</summary>
internal sealed class TestRun : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("nukehost-");

    public TestRun() => Directory.CreateDirectory(Path.Combine(Root, ".nuke"));

    public string Root => _root.FullName;

    public int ExitCode { get; private set; }

    public string Output { get; private set; } = "";

    public string Errors { get; private set; } = "";

    public Dictionary<string, string> Environment { get; } = [];

    public string this[string path]
    {
        get => File.ReadAllText(Path.Combine(Root, path));
        set => File.WriteAllText(Path.Combine(Root, path), value);
    }

    /// <summary>Runs the build and returns it, as far as it got.</summary>
    public T? Execute<T>(params string[] arguments)
        where T : NukeBuild, new()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        T? build = null;
        ExitCode = BuildRun.Execute(() => build = new T(), ["Default"], new HostContext
        {
            Arguments = arguments,
            WorkingDirectory = Root,
            Environment = Environment,
            Console = new BuildConsole(output, errors, hasColours: false),
        });
        Output = output.ToString();
        Errors = errors.ToString();
        return build;
    }

    public void Dispose() => _root.Delete(recursive: true);
}
