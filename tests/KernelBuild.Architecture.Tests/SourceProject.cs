using System.Xml.Linq;

namespace KernelBuild.Architecture.Tests;

/// <summary>A project below src/: its sources, and the projects that it refers to.</summary>
/// <param name="Name">KernelBuild.Git.</param>
/// <param name="Folder">Absolute.</param>
/// <param name="References">Names of projects.</param>
/// <param name="Friends">Assemblies that see its internals.</param>
internal sealed record SourceProject(string Name, string Folder, IReadOnlyList<string> References, IReadOnlyList<string> Friends)
{
    public IEnumerable<string> Files => Directory.EnumerateFiles(Folder, "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>All of them, each behind those that it refers to.</summary>
    public static IReadOnlyList<SourceProject> ReadAll(string root)
    {
        var all = Directory.EnumerateFiles(Path.Combine(root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(Read)
            .ToDictionary(project => project.Name);
        var ordered = new List<SourceProject>();
        void Add(SourceProject project)
        {
            if (ordered.Contains(project))
            {
                return;
            }

            foreach (var reference in project.References)
            {
                Add(all[reference]);
            }

            ordered.Add(project);
        }

        foreach (var project in all.Values.OrderBy(project => project.Name, StringComparer.Ordinal))
        {
            Add(project);
        }

        return ordered;
    }

    private static SourceProject Read(string file)
    {
        var project = XDocument.Load(file);
        IReadOnlyList<string> Includes(string item) =>
            [.. project.Descendants(item).Select(element => (string)element.Attribute("Include")!)];
        return new SourceProject(
            Path.GetFileNameWithoutExtension(file),
            Path.GetDirectoryName(file)!,
            [.. Includes("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference))],
            Includes("InternalsVisibleTo"));
    }
}
