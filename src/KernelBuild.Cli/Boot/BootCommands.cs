using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Images;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot …</c>.</summary>
internal static class BootCommands
{
    public static Command Create(ReadOnlyMemory<string> arguments) =>
        new Command("boot", "Android boot images.\n\nExample: kernelbuild boot info boot.img")
        .With(
            arguments,
            ("info", _ => BootInfoCommand.Create()),
            ("verify", _ => BootVerifyCommand.Create(lookInside: true)),
            ("regions", _ => BootRegionsCommand.Create()),
            ("diff", _ => BootDiffCommand.Create()),
            ("set", _ => BootSetCommand.Create()),
            ("unpack", _ => BootUnpackCommand.Create()),
            ("pack", _ => BootPackCommand.Create()),
            ("ramdisk", _ => RamdiskCommands.Create()),
            ("fragment", _ => FragmentCommands.Create()),
            ("bootconfig", _ => BootConfigCommands.Create()),
            ("extract", _ => BootExtractCommand.Create()),
            ("sparse", _ => SparseCommands.CreateSparse()),
            ("unsparse", _ => SparseCommands.CreateUnsparse()));
}
