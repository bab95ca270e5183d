using System.Text;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Kernels;

/// <summary>Megabytes of ASCII on their way to standard output, past the writer, which would encode them in pieces.</summary>
internal static class ByteOutput
{
    public static void Write(TextWriter output, Action<Action<ReadOnlyMemory<byte>>> produce)
    {
        if (output is not StreamWriter { BaseStream: StandardStream stream })
        {
            produce(block => output.Write(Encoding.Latin1.GetString(block.Span)));
            return;
        }

        output.Flush();
        produce(block => stream.Write(block.Span));
    }
}
