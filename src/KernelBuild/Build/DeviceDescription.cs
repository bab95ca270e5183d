using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Build;

/// <summary>A project as MSBuild evaluates it for a build, without building anything.</summary>
/// <param name="Device">What its own build would be given.</param>
/// <param name="Imports">Every project file that the evaluation read, the project's own among them.</param>
public sealed record DeviceDescription(DeviceBuild Device, IReadOnlyList<string> Imports)
{
    /// <param name="sdkAssembly">KernelBuild.Sdk.dll.</param>
    /// <exception cref="DiagnosticException">What the project's evaluation finds; KB4005 when MSBuild refuses it.</exception>
    public static async Task<DeviceDescription> OfAsync(
        string rootFolder, string device, string sdkAssembly, CancellationToken cancellationToken)
    {
        var project = new DeviceCatalog(rootFolder).Find(device);
        var folder = Directory.CreateTempSubdirectory("kernelbuild-describe-");
        try
        {
            var (description, imports) = (Path.Combine(folder.FullName, "device.json"), Path.Combine(folder.FullName, "imports"));
            var lines = new List<string>();
            var command = Command.WithFullEnvironment("dotnet")
                .WithEnvironment("MSBUILDLOGIMPORTS", "1")
                .WithEnvironment("DOTNET_CLI_TELEMETRY_OPTOUT", "1")
                .WithEnvironment("DOTNET_TieredPGO", "0")
                .WithArguments(
                    "msbuild", project, "-nologo", "-noConsoleLogger", "-nodeReuse:false", "-maxCpuCount:1", "-t:_PrepareKernelBuild",
                    $"-logger:KernelBuild.Sdk.BuildLogger,{sdkAssembly};{imports}",
                    "-p:KernelBuildSdkIsBuilt=true", "-p:KernelBuildTasks=" + sdkAssembly, "-p:KernelBuildDescription=" + description) with
            {
                OnOutput = lines.Add,
                AnswerCodes = [.. Enumerable.Range(1, 255)],
            };
            var result = await command.RunAsync(cancellationToken);
            if (!File.Exists(description))
            {
                throw new DiagnosticException([.. FindingsIn(lines, project, result.ExitCode)]);
            }

            if (!File.Exists(imports))
            {
                throw KeyUnknown(project, "it imports a file whose name only MSBuild knows");
            }

            var files = await File.ReadAllLinesAsync(imports, cancellationToken);
            return new DeviceDescription(DeviceBuild.Load(description), [.. files.Append(project).Distinct(StringComparer.Ordinal)]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A device that can be built, and not told from another build of it beforehand.</summary>
    public static DiagnosticException KeyUnknown(string project, string why) => new(Diagnostic.Error(
        DiagnosticCodes.CellKeyUnknown, $"the key of a cell cannot be found without building it: {why}",
        "see docs/codes/KB9043.md for what helps; ./nuke.sh BuildKernel builds the device all the same") with
    { File = project });

    private static Diagnostic[] FindingsIn(List<string> lines, string project, int exitCode)
    {
        var findings = lines
            .Select(line => line.Replace(ProgressLine.LineBreak, '\n'))
            .Select(line => CanonicalForm.TryRead(line, out var finding) ? finding : null)
            .OfType<Diagnostic>()
            .Where(finding => finding.Severity == DiagnosticSeverity.Error)
            .ToArray();
        return findings.Length > 0 ? findings
            : [Diagnostic.Error(DiagnosticCodes.ToolFailed, $"MSBuild ended with exit code {exitCode} and described no device") with
            { File = project, Details = [.. lines.TakeLast(10)] }];
    }
}
