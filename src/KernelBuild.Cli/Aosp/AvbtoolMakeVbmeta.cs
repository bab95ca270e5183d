using KernelBuild.BootImages.Avb;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>avbtool's <c>make_vbmeta_image</c>.</summary>
internal static class AvbtoolMakeVbmeta
{
    public static AospOption Padding { get; } = new("padding_size", "NUMBER", "Zeros up to a multiple of it; 0, for none, otherwise");

    public static AospSyntax Syntax { get; } = new(
        "avbtool make_vbmeta_image", "Makes a vbmeta image.",
        [new AospOption("output", "OUTPUT", "The image to write"), Padding, .. AvbtoolOptions.Common]);

    public static int Run(AospArguments parsed, TextWriter output)
    {
        if (AvbtoolOptions.PrintRequiredVersion(parsed, output))
        {
            return ExitCode.Done;
        }

        using var key = AvbtoolOptions.Keys(parsed).Read(parsed.Text("key"));
        var bytes = VbmetaWriter.Write(AvbtoolOptions.Read(parsed, key));
        OutputFile.Write(parsed.Required("output"), Padded(bytes, parsed.Number("padding_size", 0, 1 << 30)));
        return ExitCode.Done;
    }

    /// <summary>Zeros up to a multiple; 0 stands for none.</summary>
    internal static byte[] Padded(byte[] bytes, ulong unit)
    {
        if (unit > 0)
        {
            Array.Resize(ref bytes, (int)((((ulong)bytes.Length + unit - 1) / unit) * unit));
        }

        return bytes;
    }
}
