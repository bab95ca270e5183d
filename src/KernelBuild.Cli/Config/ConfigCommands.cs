using System.CommandLine;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Config;

/// <summary><c>kernelbuild config …</c>.</summary>
internal static class ConfigCommands
{
    public static Command Create(ReadOnlyMemory<string> arguments) => new Command(
        "config",
        "Kernel configurations: why a symbol has its value, what differs between two, whether one has what a profile asks for.\n"
        + "CONFIG is a .config, a config.gz of /proc, or a boot image or kernel that carries its configuration (IKCONFIG).\n\n"
        + "Examples:\n"
        + "  kernelbuild config why VFIO_PCI --tree linux --config .config     what it lacks, down to the lines to add\n"
        + "  kernelbuild config diff stock-boot.img .config --tree linux       what differs, and what depends on it\n"
        + "  kernelbuild config check config.gz --fragment kvm-host.config     what of a profile a running device has\n"
        + "  kernelbuild config show a.config b.config                         which line wins, what is said twice\n"
        + "  kernelbuild config minimize .config --tree linux --base defconfig the fragment that makes it, proved by conf")
        .With(
            arguments,
            ("why", _ => ConfigWhyCommand.Create()),
            ("diff", _ => ConfigDiffCommand.Create()),
            ("check", _ => ConfigCheckCommand.Create()),
            ("show", _ => ConfigShowCommand.Create()),
            ("minimize", _ => ConfigMinimizeCommand.Create()));
}
