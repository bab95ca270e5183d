using KernelBuild.Cli.CommandLine;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>avbtool's <c>info_image</c>.</summary>
internal static class AvbtoolInfo
{
    public static AospSyntax Syntax { get; } = new(
        "avbtool info_image", "Shows AVB metadata.",
        [AvbtoolOptions.Image, AvbtoolOptions.Output, new AospOption("output_pubkey", "PATH", "Writes the public key that the metadata carry")]);

    public static int Run(AospArguments parsed, TextWriter output)
    {
        var (image, vbmeta) = AvbtoolTool.Read(parsed.Required("image"));
        using var text = new StringWriter { NewLine = "\n" };
        AvbtoolText.Write(image, vbmeta, text);
        AvbtoolTool.Write(parsed, text.ToString(), output);
        if (parsed.Text("output_pubkey") is { } path)
        {
            OutputFile.Write(path, vbmeta.PublicKey);
        }

        return ExitCode.Done;
    }
}
