using System.Diagnostics.CodeAnalysis;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Files;

/// <summary>Reads the trees that the user named.</summary>
internal static class DeviceTreeFile
{
    /// <summary>One tree. A file of several is refused, because a change would have to say which.</summary>
    public static bool TryRead(string path, [NotNullWhen(true)] out DeviceTree? tree, [NotNullWhen(false)] out Diagnostic? error)
    {
        tree = null;
        if (!InputFile.TryRead(path, out var bytes, out error))
        {
            return false;
        }

        if (DeviceTree.TryRead(bytes, out tree, out error))
        {
            return true;
        }

        error = error with { File = path };
        return false;
    }

    /// <summary>All trees of a file.</summary>
    public static bool TryReadAll(
        string path, [NotNullWhen(true)] out DeviceTreeSequence? trees, [NotNullWhen(false)] out Diagnostic? error)
    {
        trees = null;
        if (!InputFile.TryRead(path, out var bytes, out error))
        {
            return false;
        }

        if (DeviceTreeSequence.TryRead(bytes, out trees, out error))
        {
            return true;
        }

        error = error with { File = path };
        return false;
    }
}
