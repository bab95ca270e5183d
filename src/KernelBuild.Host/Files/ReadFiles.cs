using System.Collections.Concurrent;
using KernelBuild.Diagnostics;

namespace KernelBuild.Host.Files;

/// <summary>
/// The files that a command has read, none of which it writes over unless it was told to: an output is often named by mistake like a key, a
/// kernel or the only copy of a stock image. Where no command has begun, nothing is remembered.
/// </summary>
public static class ReadFiles
{
    private static readonly AsyncLocal<ConcurrentDictionary<string, bool>?> Current = new();

    /// <summary>From here on what is read is remembered, in this flow of execution and those that it starts.</summary>
    public static void Begin() => Current.Value = new(StringComparer.Ordinal);

    /// <summary>For command lines that write over what they read by design.</summary>
    public static void Forget() => Current.Value = null;

    /// <summary>A file that the user wants to have written over.</summary>
    public static void Release(string path)
    {
        if (Current.Value is { } files)
        {
            files[NameOf(path)] = false;
        }
    }

    internal static void Add(string path) => Current.Value?.TryAdd(NameOf(path), true);

    /// <exception cref="DiagnosticException">KB9010: it was read.</exception>
    internal static void RequireAnother(string path)
    {
        if (Current.Value is { } files && files.GetValueOrDefault(NameOf(path)))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, "the output is a file that is read, and would be lost", "name another file") with { File = path });
        }
    }

    private static string NameOf(string path)
    {
        try
        {
            return Path.GetFullPath(OutputFile.TargetOf(path));
        }
        catch (Exception exception) when (exception is ArgumentException or IOException)
        {
            return path;
        }
    }
}
