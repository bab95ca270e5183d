using System.Collections.Immutable;
using KernelBuild.Host.Files;
using KernelBuild.Host.Prerequisites;
using KernelBuild.Host.Processes;
using KernelBuild.Stages;

namespace KernelBuild.Toolchains;

/// <summary>The programs that turn sources into a kernel, each with its version and the digest of its file.</summary>
public sealed class Toolchain
{
    private readonly ImmutableSortedDictionary<string, string> _found;

    private Toolchain(ToolchainPlan plan, ImmutableArray<ToolFile> files, ImmutableSortedDictionary<string, string> found, string folder)
    {
        Plan = plan;
        Files = files;
        Folder = folder;
        _found = found;
        Digest = DigestOf(files);
        var compilers = plan.Tools
            .Where(tool => tool.Kind == ToolKind.Compiler)
            .Select(tool => tool.Name)
            .ToHashSet(StringComparer.Ordinal);
        CompilerDigest = DigestOf("compiler", files.Where(file => compilers.Contains(file.Name) || file.IsLibrary));
    }

    public ToolchainPlan Plan { get; }

    public ImmutableArray<ToolFile> Files { get; }

    /// <summary>The whole PATH of the build: a link for each program, and nothing else.</summary>
    public string Folder { get; }

    /// <summary>SHA-256 over names and digests of all files: where they lie does not matter.</summary>
    public string Digest { get; }

    /// <summary>SHA-256 over the compiler alone, with its libraries: what an object file depends on.</summary>
    public string CompilerDigest { get; }

    /// <summary>What of a plan a host may lack.</summary>
    public static IEnumerable<Prerequisite> PrerequisitesOf(ToolchainPlan plan, string? toolchainFolder) =>
        plan.Tools.Select(tool => new Prerequisite(tool.Package, () => Find(tool, toolchainFolder) is not null));

    /// <summary>Where a program of the plan is; null when it is nowhere.</summary>
    public static string? Find(PlannedTool tool, string? toolchainFolder) => SearchPathOf(tool, toolchainFolder).Split(':')
        .SelectMany(folder => tool.Candidates, (folder, name) => ProgramPath.Find(name, folder))
        .FirstOrDefault(found => found is not null);

    /// <summary>The folders in which a program is looked for, separated by colons.</summary>
    /// <remarks>
    /// A compiler may stand anywhere on PATH. For the rest the system's folders come first: what else stands on the PATH of a
    /// developer, a wrapper of a version manager say, shall not change a kernel.
    /// </remarks>
    public static string SearchPathOf(PlannedTool tool, string? toolchainFolder)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        if (tool.Kind != ToolKind.Compiler)
        {
            return "/usr/bin:/bin:/usr/sbin:/sbin:" + path;
        }

        return toolchainFolder is null
            ? path
            : string.Join(
                ':', toolchainFolder.Split(':').SelectMany(folder => (string[])[folder, Path.Combine(folder, "bin")]).Append(path));
    }

    /// <summary>Finds the programs and digests those that changed since they were last seen.</summary>
    /// <param name="toolchainFolder">Folders of the project's own, or null.</param>
    /// <param name="folder">Where the links of <see cref="Folder"/> go.</param>
    /// <exception cref="Diagnostics.DiagnosticException">KB4004 for a program that is not there.</exception>
    public static async Task<Toolchain> ProbeAsync(
        ToolchainPlan plan, string? toolchainFolder, CacheFolder cache, string folder, CancellationToken cancellationToken)
    {
        var known = ToolDigests.Load(Path.Combine(cache.Path, "toolchains", "digests"));
        var files = ImmutableArray.CreateBuilder<ToolFile>();
        var found = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var tool in plan.Tools)
        {
            var path = Find(tool, toolchainFolder) ?? throw ToolDigests.Missing(tool);
            found[tool.Name] = path;
            files.AddRange(await known.DescribeAsync(tool, path, cancellationToken));
        }

        known.Save();
        return new Toolchain(plan, files.ToImmutable(), found.ToImmutable(), folder);
    }

    /// <summary>Makes the folder of links what the plan says, and gives this toolchain back.</summary>
    /// <param name="others">Programs that change how fast, never what: the compiler cache, and what it calls.</param>
    public Toolchain WithLinks(IEnumerable<string> others)
    {
        var links = new SortedDictionary<string, string>(_found, StringComparer.Ordinal);
        foreach (var name in others)
        {
            if (ProgramPath.Find(name) is { } path)
            {
                links[Path.GetFileName(name)] = path;
            }
        }

        Directory.CreateDirectory(Folder);
        foreach (var stale in new DirectoryInfo(Folder)
            .EnumerateFileSystemInfos()
            .Where(link => !links.TryGetValue(link.Name, out var target) || target != link.LinkTarget))
        {
            stale.Delete();
        }

        foreach (var (name, path) in links.Where(link => !Path.Exists(Path.Combine(Folder, link.Key))))
        {
            File.CreateSymbolicLink(Path.Combine(Folder, name), path);
        }

        return this;
    }

    /// <summary>Where a program of the plan was found, links not followed.</summary>
    public string PathOf(string name) => _found[name];

    /// <summary>A program, and the libraries that hold its code.</summary>
    public IEnumerable<ToolFile> FilesOf(ToolFile program) =>
        Files.SkipWhile(file => file != program).Skip(1).TakeWhile(file => file.IsLibrary).Prepend(program);

    /// <summary>A program of this toolchain, ready for arguments.</summary>
    public Command Command(string program) => new Command(Path.Combine(Folder, program)).WithEnvironment("PATH", Folder);

    /// <summary>As <see cref="Digest"/>, of files that a manifest names.</summary>
    internal static string DigestOf(IEnumerable<ToolFile> files) => DigestOf("toolchain", files);

    private static string DigestOf(string name, IEnumerable<ToolFile> files)
    {
        using var key = new ContentKey(name, 2);
        foreach (var file in files)
        {
            key.Add(file.Name, file.Sha256);
        }

        return key.Finish();
    }
}
