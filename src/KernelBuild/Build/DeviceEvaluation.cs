using System.Text.Json;
using System.Xml.Linq;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Build;

/// <summary>
/// What a device project says of its source and its series, without building anything. MSBuild evaluates it once; the answer
/// is kept as long as no file that it came from, and no variable of the environment, has changed.
/// </summary>
/// <param name="PatchSeries">Folders with a series file, in order.</param>
public sealed record DeviceEvaluation(SourceItems Sources, IReadOnlyList<string> PatchSeries)
{
    /// <summary>What fetching wants to know of it.</summary>
    public SourceRequest RequestOf(string rootFolder, string device) =>
        new(Sources.Kernel, new DeviceCatalog(rootFolder).Find(device), new DeviceFolders(rootFolder, device)) { Parts = Sources.Parts };

    /// <param name="rootFolder">The repository.</param>
    /// <exception cref="DiagnosticException">KB9001 for a device that is not there, KB4005 when MSBuild refuses the project.</exception>
    public static async Task<DeviceEvaluation> OfAsync(string rootFolder, string device, CancellationToken cancellationToken)
    {
        var project = new DeviceCatalog(rootFolder).Find(device);
        var folder = Path.Combine(rootFolder, ".work", "evaluations");
        var (answer, record) = (Path.Combine(folder, device + ".json"), Path.Combine(folder, device + ".inputs"));
        if (File.Exists(answer) && UpToDate.Changed(record) is null)
        {
            return Parse(await File.ReadAllTextAsync(answer, cancellationToken), project);
        }

        var began = DateTime.UtcNow;
        var json = await Command.WithFullEnvironment("dotnet")
            .WithEnvironment("DOTNET_CLI_TELEMETRY_OPTOUT", "1")
            .WithArguments("msbuild", project, "-nologo", "-getItem:KernelSource", "-getItem:PatchSeries", "-p:KernelBuildSdkIsBuilt=true")
            .ReadAsync(cancellationToken);
        var evaluation = Parse(json, project);
        if (Imports(project) is { } imports)
        {
            Directory.CreateDirectory(folder);
            KernelBuild.Host.Files.AtomicFile.Write(answer, json);
            var inputs = new UpToDate(began);
            foreach (var import in imports)
            {
                inputs.AddInput(import);
            }

            if (!inputs.ChangedMeanwhile)
            {
                inputs.Save(record);
            }
        }

        return evaluation;
    }

    private static DeviceEvaluation Parse(string json, string project)
    {
        using var document = JsonDocument.Parse(json);
        var items = document.RootElement.GetProperty("Items");
        var folder = Path.GetDirectoryName(project)!;
        var sources = items
            .GetProperty("KernelSource")
            .EnumerateArray()
            .Select(item => (
                item.GetProperty("Identity").GetString()!,
                (Func<string, string>)(name => item.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "")));
        return new DeviceEvaluation(
            SourceItems.Of(sources, project),
            [.. items
                .GetProperty(nameof(PatchSeries))
                .EnumerateArray()
                .Select(item => Path.GetFullPath(item.GetProperty("Identity").GetString()!, folder))]);
    }

    /// <summary>The project and all it imports; null when that cannot be told from the text, so that nothing is kept.</summary>
    private static List<string>? Imports(string project)
    {
        var files = new List<string> { project };
        for (var folder = Path.GetDirectoryName(project); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            // MSBuild may begin to find one of these tomorrow
            files.Add(Path.Combine(folder, "Directory.Build.rsp"));
            files.Add(Path.Combine(folder, "global.json"));
        }

        for (var at = 0; at < files.Count; at++)
        {
            if (!File.Exists(files[at]) || Path.GetExtension(files[at]) is ".rsp" or ".json")
            {
                continue;
            }

            var root = XDocument.Load(files[at]).Root!;
            if (root.Attribute("Sdk") is not null || root.Descendants().Any(element => element.Name.LocalName == "Sdk"))
            {
                return null;
            }

            if (root
                .Descendants()
                .Any(element =>
                    element.Name.LocalName is "PatchSeries" or "KernelSource"
                        && element.Attributes().Any(attribute => attribute.Value.Contains('*', StringComparison.Ordinal))))
            {
                return null;
            }

            foreach (var import in root.Descendants().Where(element => element.Name.LocalName == "Import"))
            {
                if (import.Attribute("Project")?.Value is not { } path || path.AsSpan().IndexOfAny("$*?;") >= 0)
                {
                    return null;
                }

                files.Add(Path.GetFullPath(path, Path.GetDirectoryName(files[at])!));
            }
        }

        return files;
    }
}
