using KernelBuild.BootImages.Avb;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>avbtool's <c>make_vbmeta_image</c>.</summary>
internal static class AvbtoolMakeVbmeta
{
    public static int Run(string[] arguments, TextWriter output)
    {
        var parsed = AospArguments.Parse(arguments, ["output", "padding_size", .. AvbtoolOptions.Valued], AvbtoolOptions.Flags);
        using var key = InputImage.ReadKey(parsed.Text("key"));
        var bytes = VbmetaWriter.Write(AvbtoolOptions.Read(parsed, key));
        if (parsed.Has("print_required_libavb_version"))
        {
            output.WriteLine($"1.{VbmetaHeader.Read(bytes).RequiredMinorVersion}");
            return ExitCode.Done;
        }

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
