using System.Diagnostics.CodeAnalysis;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Iommu.Capturing;

namespace KernelBuild.Cli.Iommu;

/// <summary>A capture that the user named, in any of its forms.</summary>
internal static class CaptureInput
{
    /// <param name="error">KB9012, or what reading a capture finds, with the file's name.</param>
    public static bool TryRead(string file, [NotNullWhen(true)] out Capture? capture, [NotNullWhen(false)] out Diagnostic? error)
    {
        capture = null;
        if (!InputFile.TryRead(file, out var bytes, out error))
        {
            return false;
        }

        if (CaptureReader.TryRead(bytes, out capture, out error))
        {
            return true;
        }

        error = error with { File = file };
        return false;
    }
}
