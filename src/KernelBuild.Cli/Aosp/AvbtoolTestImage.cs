using KernelBuild.Cli.CommandLine;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>avbtool's <c>generate_test_image</c>: bytes that count from 0 to 255 and on.</summary>
internal static class AvbtoolTestImage
{
    public static AospSyntax Syntax { get; } = new(
        "avbtool generate_test_image", "Makes a file of bytes that count from 0 to 255 and on.",
        [
            new AospOption("image_size", "BYTES", "Bytes of the file") { IsRequired = true },
            new AospOption("start_byte", "NUMBER", "What the first byte is; 0 otherwise"),
            AvbtoolOptions.Output with { IsRequired = true, Help = "The file to write" },
        ]);

    public static int Run(AospArguments parsed)
    {
        var start = parsed.Number("start_byte", 0, byte.MaxValue);
        var bytes = new byte[parsed.Number("image_size", 0, (ulong)Array.MaxLength)];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = unchecked((byte)((ulong)i + start));
        }

        OutputFile.Write(parsed.Required("output"), bytes);
        return ExitCode.Done;
    }
}
