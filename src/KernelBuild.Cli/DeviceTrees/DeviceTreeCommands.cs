using System.CommandLine;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.DeviceTrees;

/// <summary><c>kernelbuild dt …</c>.</summary>
internal static class DeviceTreeCommands
{
    public static Command Create(ReadOnlyMemory<string> arguments) => new Command(
        "dt",
        "Flattened device trees (.dtb, .dtbo, /sys/firmware/fdt).\n\n"
        + "Examples:\n"
        + "  kernelbuild dt show board.dtb --node /soc/pcie@1c00000\n"
        + "  kernelbuild dt apply board.dtb isolate.dtbo --output patched.dtb\n"
        + "  kernelbuild dt diff board.dtb patched.dtb")
        .With(
            arguments,
            ("show", _ => DeviceTreeShowCommand.Create()),
            ("apply", _ => DeviceTreeApplyCommand.Create()),
            ("diff", _ => DeviceTreeDiffCommand.Create()),
            ("edit", _ => DeviceTreeEditCommand.Create()));
}
