using System.Collections.Immutable;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Pipelines;

/// <summary>A pipeline's file: generated, kept under version control, and checked against what would be generated now.</summary>
/// <param name="root">The repository.</param>
public sealed class Pipeline(string root, PipelineOptions options)
{
    /// <summary>Below the repository's root.</summary>
    public string RelativePath => PathOf(options.Host);

    /// <summary>The command that writes it.</summary>
    public string Command => options.ToString();

    private string FullPath => Path.Combine(root, RelativePath);

    /// <summary>The pipelines that the repository has, with the options that their files name.</summary>
    /// <exception cref="DiagnosticException">KB9041 for a file whose first lines were changed.</exception>
    public static ImmutableArray<Pipeline> All(string root) =>
    [
        .. Enum.GetValues<PipelineHost>()
            .Select(host => (Host: host, Path: Path.Combine(root, PathOf(host))))
            .Where(one => File.Exists(one.Path) && IsGenerated(one.Path))
            .Select(one => new Pipeline(root, OptionsOf(one.Path, one.Host))),
    ];

    /// <summary>Whether the file is what would be generated now.</summary>
    /// <exception cref="DiagnosticException">As <see cref="Generate"/>.</exception>
    public bool IsCurrent() => File.Exists(FullPath) && File.ReadAllText(FullPath) == Generate();

    /// <summary>Writes the file.</summary>
    /// <exception cref="DiagnosticException">As <see cref="Generate"/>; KB9041 for a file that somebody wrote by hand.</exception>
    public void Write()
    {
        var text = Generate();
        if (File.Exists(FullPath) && !IsGenerated(FullPath))
        {
            throw new DiagnosticException(NotGenerated(FullPath));
        }

        OutputFile.MakeFolder(Path.GetDirectoryName(FullPath)!);
        AtomicFile.Write(FullPath, text);
        if (options.Host == PipelineHost.Slurm && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(FullPath, (UnixFileMode)0x1ed);
        }
    }

    /// <summary>The text of the file.</summary>
    /// <exception cref="DiagnosticException">KB9001 for an unknown device, KB9010 for an unknown series or no device.</exception>
    public string Generate()
    {
        var catalog = new DeviceCatalog(root);
        ImmutableArray<string> devices = options.Devices.IsEmpty ? [.. catalog.Names] : options.Devices;
        foreach (var device in devices)
        {
            catalog.Find(device);
        }

        if (devices.IsEmpty)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, "there is no device to build", "a device is a project kernels/NAME/NAME.kernelproj"));
        }

        foreach (var series in options.Series.Where(series => !IsSeries(series)))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, $"there is no series '{series}'",
                "a pipeline takes folders of patches/ that have a file 'series', with letters, digits, '.', '_' and '-' in their names"));
        }

        ImmutableArray<PipelineCell> cells =
        [
            .. devices.Select(device => new PipelineCell(device, null)),
            .. devices.SelectMany(_ => options.Series, (device, series) => new PipelineCell(device, series)),
        ];
        return options.Host switch
        {
            PipelineHost.GitHubActions => GitHubWorkflow.Write(options, devices),
            PipelineHost.GitLab => GitLabPipeline.Write(options, cells),
            _ => SlurmScript.Write(options, devices),
        };
    }

    private static string PathOf(PipelineHost host) => host switch
    {
        PipelineHost.GitHubActions => ".github/workflows/kernels.yml",
        PipelineHost.GitLab => ".gitlab-ci.yml",
        _ => "slurm/kernels.sh",
    };

    private bool IsSeries(string name) =>
        name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
        && !name.StartsWith('.') && !name.StartsWith('-')
        && File.Exists(Path.Combine(root, "patches", name, "series"));

    private static bool IsGenerated(string path) => File.ReadLines(path).Take(3).Any(line => line == PipelineHeader.Mark);

    private static PipelineOptions OptionsOf(string path, PipelineHost host) =>
        File.ReadLines(path).Take(6).Where(line => line.StartsWith("# ", StringComparison.Ordinal))
            .Select(line => PipelineOptions.Parse(line[2..].Trim())).FirstOrDefault(options => options is not null) is { } options
        && options.Host == host
            ? options
            : throw new DiagnosticException(NotGenerated(path));

    private static Diagnostic NotGenerated(string path) => Diagnostic.Error(
        DiagnosticCodes.PipelineNotGenerated, "the file was written or changed by hand: its first lines name no command that makes it",
        "move it away, or delete it, and generate it again") with
    { File = path, Line = 1 };
}
