using System.CommandLine;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Cache;

/// <summary><c>kernelbuild cache …</c>.</summary>
internal static class CacheCommands
{
    public static Command Create(ReadOnlyMemory<string> arguments) => new Command(
        "cache",
        "What the compiler cache did in the last compilation of a device.\n\n"
        + "Examples:\n"
        + "  kernelbuild cache why drivers/pci/probe.o --device virt    which include file, option or compiler differs from before")
        .With(arguments, ("why", _ => CacheWhyCommand.Create()));
}
