using System.CommandLine;

namespace KernelBuild.Cli.Patches;

/// <summary><c>kernelbuild patches …</c>.</summary>
internal static class PatchesCommand
{
    public static Command Create() => new(
        "patches",
        "Series of kernel patches: quilt series, folders of patches, mailboxes.\n\n"
        + "Examples:\n"
        + "  kernelbuild patches check patches/acs-on-device-tree --git linux --commit v6.12\n"
        + "  kernelbuild patches show series.mbox\n"
        + "  kernelbuild patches import series.mbox patches/topic\n"
        + "  kernelbuild patches refresh patches/topic --git linux --commit v6.12")
    {
        PatchesCheckCommand.Create(),
        PatchesShowCommand.Create(),
        PatchesImportCommand.Create(),
        PatchesExportCommand.Create(),
        PatchesRefreshCommand.Create(),
    };
}
