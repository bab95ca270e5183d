using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Aosp;

/// <summary>avbtool's <c>calculate_kernel_cmdline</c>: what the bootloader adds to the kernel command line.</summary>
internal static class AvbtoolCommandLine
{
    private const uint OnlyWithTrees = 1;
    private const uint OnlyWithoutTrees = 2;

    public static AospSyntax Syntax { get; } = new(
        "avbtool calculate_kernel_cmdline", "Prints what the bootloader adds to the kernel command line; chained images lie beside the file.",
        [AvbtoolOptions.Image, AvbtoolOptions.Output, new AospOption("hashtree_disabled", null, "What it adds while hash trees are not checked")]);

    public static int Run(AospArguments parsed, TextWriter output)
    {
        var (image, vbmeta) = AvbtoolTool.Read(parsed.Required("image"));
        var without = parsed.Has("hashtree_disabled") ? OnlyWithTrees : OnlyWithoutTrees;
        var texts = vbmeta.Descriptors
            .SelectMany(one => one is ChainPartitionDescriptor chain
                ? [.. AvbtoolTool.Read(AvbtoolTool.Sibling(image.Path, chain.PartitionName)).Vbmeta.Descriptors]
                : new[] { one })
            .OfType<KernelCommandLineDescriptor>()
            .Where(one => (one.Flags & without) == 0)
            .Select(one => Printable.Text(one.Text));
        AvbtoolTool.Write(parsed, string.Join(' ', texts), output);
        return ExitCode.Done;
    }
}
