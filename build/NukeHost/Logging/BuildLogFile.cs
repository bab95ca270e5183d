using Nuke.Common.IO;

namespace Nuke.Common.Logging;

/// <summary>.nuke/temp/build.log: all messages of the last build.</summary>
internal sealed class BuildLogFile(AbsolutePath root) : IDisposable
{
    private StreamWriter? _writer;

    public void Write(string text)
    {
        try
        {
            (_writer ??= Open()).Write(text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The file is for reference. A build does not fail without it.
        }
    }

    public void Dispose() => _writer?.Dispose();

    private StreamWriter Open()
    {
        Directory.CreateDirectory(root / ".nuke" / "temp");
        var file = root / ".nuke" / "temp" / "build.log";

        // Deleted and not truncated: another build in the same directory keeps writing to its own file.
        File.Delete(file);
        return new StreamWriter(file) { AutoFlush = true };
    }
}
