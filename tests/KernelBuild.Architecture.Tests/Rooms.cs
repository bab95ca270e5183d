namespace KernelBuild.Architecture.Tests;

/// <summary>
/// The rooms of the house and the direction of its arrows, checked against every use of a name below src/. There is no list of
/// exceptions: what does not fit is moved.
/// </summary>
public sealed class Rooms
{
    /// <summary>From the bottom up. An arrow points from a higher line to a lower one.</summary>
    private static readonly string[][] _levels =
    [
        ["KernelBuild.Diagnostics"],
        ["KernelBuild.Compression", "KernelBuild.DeviceTrees"],
        ["KernelBuild.Host"],
        ["KernelBuild.BootImages", "KernelBuild.Iommu", "KernelBuild.Git"],
        ["KernelBuild.KernelImages", "KernelBuild.Patches"],
        ["KernelBuild"],
        ["KernelBuild.Sdk", "KernelBuild.Cli"],
    ];

    /// <summary>Bytes and records in, bytes and records out.</summary>
    private static readonly string[] _pure =
        [
            "KernelBuild.Diagnostics", "KernelBuild.Compression", "KernelBuild.DeviceTrees", "KernelBuild.BootImages",
            "KernelBuild.KernelImages", "KernelBuild.Iommu",
        ];

    /// <summary>Rooms of the command that verbs share; all others are verbs.</summary>
    private static readonly string[] _sharedByVerbs = ["CommandLine", "Files", "Images"];

    private static readonly string[] _effects =
    [
        "System.IO.File", "System.IO.Directory", "System.IO.FileStream", "System.IO.FileInfo", "System.IO.DirectoryInfo",
        "System.Environment",
        "System.Diagnostics.Process", "System.Diagnostics.Stopwatch", "System.Console", "System.Net.Http.HttpClient",
    ];

    private static SourceGraph Graph => SourceGraph.OfRepository;

    [Fact]
    public void Every_name_is_known_to_the_compiler_so_that_no_use_is_missed()
    {
        Graph.Unresolved.ShouldBeEmpty();
        Graph.Uses.Count.ShouldBeGreaterThan(10_000);
    }

    [Fact]
    public void Every_project_has_a_level()
    {
        var root = Path.GetDirectoryName(SourceProject.ReadAll(Root())[0].Folder)!;
        Directory.EnumerateDirectories(root).Select(Path.GetFileName).ShouldBe(_levels.SelectMany(level => level), ignoreOrder: true);
    }

    [Fact]
    public void Arrows_between_projects_point_down()
    {
        Graph.Uses
            .Where(use =>
                Room.ProjectOf(use.From) != Room.ProjectOf(use.To) && LevelOf(Room.ProjectOf(use.From)) <= LevelOf(Room.ProjectOf(use.To)))
            .Select(use => use.ToString())
            .ShouldBeEmpty();
    }

    [Fact]
    public void Rooms_of_a_project_form_no_circle()
    {
        var arrows = Graph.Uses
            .Where(use => Room.ProjectOf(use.From) == Room.ProjectOf(use.To) && Room.Of(use.From) != Room.Of(use.To))
            .ToLookup(use => Room.Of(use.From));
        Circles.Find(arrows.Select(from => from.Key), room => arrows[room].Select(use => Room.Of(use.To)).Distinct())
            .Select(circle =>
                string.Join(", ", circle) + ": "
                + string.Join("; ", circle.SelectMany(room => arrows[room]).Where(use => circle.Contains(Room.Of(use.To))).Take(20)))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Verbs_of_the_command_do_not_use_each_other()
    {
        Graph.Uses
            .Where(use => Room.ProjectOf(use.From) == "KernelBuild.Cli" && Room.ProjectOf(use.To) == "KernelBuild.Cli")
            .Where(use =>
                Room.NameOf(use.From) != Room.Root && Room.NameOf(use.From) != Room.NameOf(use.To)
                    && !_sharedByVerbs.Contains(Room.NameOf(use.To)))
            .Select(use => use.ToString())
            .ShouldBeEmpty();
    }

    [Fact]
    public void Format_libraries_touch_no_file_process_clock_or_environment()
    {
        Graph.Outside
            .Where(use => _pure.Contains(Room.ProjectOf(use.From)))
            .Where(use =>
                _effects.Contains(use.Type)
                    || (use.Type is "System.DateTime" or "System.DateTimeOffset" && use.Member is "Now" or "UtcNow" or "Today"))
            .Where(use => use is not { Type: "System.Environment", Member: "NewLine" or "ProcessorCount" or "" })
            .Select(use => use.ToString())
            .ShouldBeEmpty();
    }

    /// <summary>Its generic types nest without end: the compiler to machine code gives up with IL3054, and there is no native tool.</summary>
    [Fact]
    public void No_parallel_query_is_flattened_in_parallel()
    {
        var parallel = Graph.Outside.Where(use => use.Type == "System.Linq.ParallelEnumerable").ToArray();
        parallel.ShouldContain(use => use.Member == "Select");
        parallel.Where(use => use.Member == "SelectMany").Select(use => use.ToString()).ShouldBeEmpty();
    }

    private static int LevelOf(string project) => Array.FindIndex(_levels, level => level.Contains(project));

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "KernelBuild.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
