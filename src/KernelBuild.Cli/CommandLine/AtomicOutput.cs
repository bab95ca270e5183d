using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.CommandLine;

/// <summary>Writes a file that the user named, for commands that collect their errors.</summary>
internal static class AtomicOutput
{
    /// <param name="path">The file.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="error">KB9012 or KB1012; null when the result is true.</param>
    public static bool TryWrite(string path, ReadOnlyMemory<byte> bytes, [NotNullWhen(false)] out Diagnostic? error)
    {
        try
        {
            OutputFile.Write(path, bytes);
            error = null;
            return true;
        }
        catch (DiagnosticException exception)
        {
            error = exception.Diagnostics[0];
            return false;
        }
    }
}
