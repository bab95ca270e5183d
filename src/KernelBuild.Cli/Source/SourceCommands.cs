using System.CommandLine;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Source;

/// <summary><c>kernelbuild source …</c>.</summary>
internal static class SourceCommands
{
    public static Command Create(ReadOnlyMemory<string> arguments) => new Command(
        "source",
        "What a kernel's source says, read as text: nothing is configured or compiled.\n\n"
        + "Example: kernelbuild source iommu ~/android/kernel/msm-5.15")
        .With(
            arguments,
            ("iommu", _ => SourceIommuCommand.Create()));
}
