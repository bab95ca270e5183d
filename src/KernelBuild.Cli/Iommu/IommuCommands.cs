using System.CommandLine;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Iommu;

/// <summary><c>kernelbuild iommu …</c>.</summary>
internal static class IommuCommands
{
    public static Command Create(ReadOnlyMemory<string> arguments) => new Command(
        "iommu",
        "IOMMU groups on arm64: which devices share a group, why, and the least invasive change that separates them. Nothing is run and "
        + "nothing is changed.\n\n"
        + "Examples:\n"
        + "  kernelbuild iommu capture --adb --output phone.capture\n"
        + "  kernelbuild iommu groups --capture phone.capture\n"
        + "  kernelbuild iommu groups --device-tree board.dtb --config-space lspci.txt --kernel 6.12 --json\n"
        + "  kernelbuild iommu explain 0000:01:00.0 --capture phone.capture\n"
        + "  kernelbuild iommu fix 0000:01:00.0 --capture phone.capture\n"
        + "  kernelbuild iommu guest 0000:01:00.0 --capture phone.capture --guest-kernel Image\n"
        + "  kernelbuild iommu report --capture phone.capture --output groups.html")
        .With(
            arguments,
            ("capture", _ => IommuCaptureCommand.Create()),
            ("groups", _ => IommuGroupsCommand.Create()),
            ("explain", _ => IommuExplainCommand.Create()),
            ("guest", _ => IommuGuestCommand.Create()),
            ("fix", _ => IommuFixCommand.Create()),
            ("lint", _ => IommuLintCommand.Create()),
            ("report", _ => IommuReportCommand.Create()),
            ("cure", _ => IommuFixCommand.Create("cure")));
}
