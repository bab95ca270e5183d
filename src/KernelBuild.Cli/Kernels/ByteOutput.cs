using System.Text;

namespace KernelBuild.Cli.Kernels;

/// <summary>Megabytes of ASCII on their way to standard output, past the console's writer, which would encode them in pieces of 256 letters.</summary>
internal static class ByteOutput
{
    public static void Write(TextWriter output, Action<Action<ReadOnlyMemory<byte>>> produce)
    {
        if (!ReferenceEquals(output, Console.Out))
        {
            produce(block => output.Write(Encoding.Latin1.GetString(block.Span)));
            return;
        }

        output.Flush();
        using var stream = Console.OpenStandardOutput();
        produce(block => stream.Write(block.Span));
        stream.Flush();
    }
}
