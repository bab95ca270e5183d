using System.CommandLine;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Iommu;

/// <summary><c>kernelbuild iommu …</c>.</summary>
internal static class IommuCommands
{
    public static Command Create(ReadOnlyMemory<string> arguments) => new Command(
        "iommu",
        "IOMMU groups on arm64: which devices share one, why, and what is the least that changes it. Nothing is run and nothing is changed.\n\n"
        + "Examples:\n"
        + "  kernelbuild iommu capture --adb --output phone.capture\n"
        + "  kernelbuild iommu groups --capture phone.capture\n"
        + "  kernelbuild iommu groups --device-tree board.dtb --config-space lspci.txt --kernel 6.12 --json\n"
        + "  kernelbuild iommu explain 0000:01:00.0 --capture phone.capture\n"
        + "  kernelbuild iommu cure 0000:01:00.0 --capture phone.capture\n"
        + "  kernelbuild iommu report --capture phone.capture --output groups.html")
        .With(
            arguments,
            ("capture", _ => IommuCaptureCommand.Create()),
            ("groups", _ => IommuGroupsCommand.Create()),
            ("explain", _ => IommuExplainCommand.Create()),
            ("cure", _ => IommuCureCommand.Create()),
            ("lint", _ => IommuLintCommand.Create()),
            ("report", _ => IommuReportCommand.Create()));
}
