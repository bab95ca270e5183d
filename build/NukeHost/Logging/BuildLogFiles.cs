using System.Globalization;
using System.Text;
using Nuke.Common.IO;

namespace Nuke.Common.Logging;

/// <summary>.nuke/temp/build.log and a copy with the date in its name; the five newest copies are kept.</summary>
internal sealed class BuildLogFiles(AbsolutePath directory, DateTimeOffset now) : IDisposable
{
    private const int CopiesKept = 5;

    private List<StreamWriter>? _writers;

    /// <summary>Why there are no files; null as long as there is no reason.</summary>
    public string? Problem { get; private set; }

    /// <summary>Opens the files for the first line. A directory that cannot be written to costs the log, not the build.</summary>
    public void WriteLine(string line)
    {
        if (Problem is not null)
        {
            return;
        }

        try
        {
            foreach (var writer in _writers ??= Open())
            {
                writer.Write(line + "\n");
                writer.Flush();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Problem = exception.Message;
        }
    }

    public void Dispose() => _writers?.ForEach(writer => writer.Dispose());

    private List<StreamWriter> Open()
    {
        directory.CreateDirectory();
        var copies = Directory.GetFiles(directory, "build.*.log").Order(StringComparer.Ordinal).ToList();
        foreach (var old in copies.SkipLast(CopiesKept - 1))
        {
            File.Delete(old);
        }

        // Deleted, not truncated: a second build in the same tree goes on writing to what was its own file.
        var current = directory / "build.log";
        current.DeleteFile();
        var copy = directory / string.Create(CultureInfo.InvariantCulture, $"build.{now:yyyy-MM-dd_HH-mm-ss}.log");
#pragma warning disable CA2000 // both live until Dispose
        return [Create(current), Create(copy.FileExists() ? directory / $"{copy.NameWithoutExtension}.{Environment.ProcessId}.log" : copy)];
#pragma warning restore CA2000
    }

    private static StreamWriter Create(string path) =>
        new(
            new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0),
            new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
}
