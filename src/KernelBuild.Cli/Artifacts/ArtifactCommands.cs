using System.CommandLine;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Artifacts;

/// <summary><c>kernelbuild artifact …</c>.</summary>
internal static class ArtifactCommands
{
    public static Command Create(ReadOnlyMemory<string> arguments) => new Command(
        "artifact",
        "The folder that a build leaves, artifacts/DEVICE: whether it is what it says, and what differs between two.\n\n"
        + "Examples:\n"
        + "  kernelbuild artifact verify artifacts/virt --key builder.pub   files, statements, signatures; asks no server\n"
        + "  kernelbuild artifact diff artifacts/virt other/virt            which sections differ, and why\n"
        + "  kernelbuild artifact sign artifacts/virt --key ~/.ssh/id_ed25519")
        .With(
            arguments,
            ("verify", _ => ArtifactVerifyCommand.Create()),
            ("diff", _ => ArtifactDiffCommand.Create()),
            ("sign", _ => ArtifactSignCommand.Create()),
            ("schema", _ => ArtifactSchemaCommand.Create()));
}
