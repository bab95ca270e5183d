using System.CommandLine;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Patches;

/// <summary><c>kernelbuild patches …</c>.</summary>
internal static class PatchesCommand
{
    public static Command Create(ReadOnlyMemory<string> arguments) => new Command(
        "patches",
        "Series of kernel patches: quilt series, folders of patches, mailboxes.\n\n"
        + "Examples:\n"
        + "  kernelbuild patches check patches/acs-on-device-tree --git linux --commit v6.12\n"
        + "  kernelbuild patches show series.mbox\n"
        + "  kernelbuild patches import series.mbox patches/topic\n"
        + "  kernelbuild patches refresh patches/topic --git linux --commit v6.12")
        .With(
            arguments,
            ("check", _ => PatchesCheckCommand.Create()),
            ("show", _ => PatchesShowCommand.Create()),
            ("import", _ => PatchesImportCommand.Create()),
            ("export", _ => PatchesExportCommand.Create()),
            ("refresh", _ => PatchesRefreshCommand.Create()));
}
