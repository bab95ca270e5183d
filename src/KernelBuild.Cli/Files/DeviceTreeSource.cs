using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Cli.Files;

/// <summary>
/// Device trees as text, which dtc compiles; what has preprocessor lines goes through cpp first, as in the kernel's build.
/// </summary>
internal static class DeviceTreeSource
{
    /// <summary>Whether the name is that of a source: .dts or .dtso.</summary>
    public static bool IsOne(string path) =>
        path.EndsWith(".dtso", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".dts", StringComparison.OrdinalIgnoreCase);

    /// <summary>The compiled tree, with its labels.</summary>
    /// <exception cref="DiagnosticException">KB9012, KB4004 without dtc or cpp, KB4005 with what they say.</exception>
    public static async Task<ReadOnlyMemory<byte>> CompileAsync(string path, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> text = InputFile.Read(path);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (HasDirectives(text.Span))
        {
            text = await RunAsync(
                new Command("cpp").WithArguments("-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp", "-I", folder, "-", "-"), text,
                cancellationToken);
        }

        return await RunAsync(
            new Command("dtc").WithArguments("-q", "-@", "-I", "dts", "-O", "dtb", "-i", folder, "-o", "-", "-"), text, cancellationToken);
    }

    private static async Task<byte[]> RunAsync(Command command, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        using var output = new MemoryStream();
        await (command with
        {
            InputProducer = async (stream, token) => await stream.WriteAsync(input, token),
            OutputConsumer = (stream, token) => stream.CopyToAsync(output, token),
        }).RunAsync(cancellationToken);
        return output.ToArray();
    }

    /// <summary>#include, #define and so on; #address-cells is none.</summary>
    private static bool HasDirectives(ReadOnlySpan<byte> source)
    {
        string[] directives = ["include", "define", "if", "ifdef", "ifndef", "undef"];
        return Encoding.Latin1.GetString(source).Split('\n').Select(line => line.TrimStart()).Any(line => line.StartsWith('#')
            && directives.Contains(string.Concat(line[1..].TrimStart().TakeWhile(char.IsAsciiLetter)), StringComparer.Ordinal)
            && !line[1..].TrimStart().SkipWhile(char.IsAsciiLetter).Take(1).Contains('-'));
    }
}
