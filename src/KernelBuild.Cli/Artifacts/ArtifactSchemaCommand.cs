using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Manifest;

namespace KernelBuild.Cli.Artifacts;

/// <summary><c>kernelbuild artifact schema</c>.</summary>
internal static class ArtifactSchemaCommand
{
    public static Command Create()
    {
        var command = new Command("schema", "Writes the JSON Schema (2020-12) of manifest.json.\n\nExample: kernelbuild artifact schema > manifest-2.json");
        command.OnRun((_, output, _) =>
        {
            output.Write(BuildManifest.Schema());
            return ExitCode.Done;
        });
        return command;
    }
}
