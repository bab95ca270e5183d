using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Files;
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
        if (!TryReadBytes(path, out var bytes, out error))
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

    /// <summary>A file, or of a dtbo image the overlay whose number stands behind a #: dtbo.img#7.</summary>
    private static bool TryReadBytes(string path, out ReadOnlyMemory<byte> bytes, [NotNullWhen(false)] out Diagnostic? error)
    {
        var split = path.LastIndexOf('#');
        if (split <= 0 || File.Exists(path)
            || !int.TryParse(path.AsSpan(split + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return InputFile.TryRead(path, out bytes, out error);
        }

        bytes = default;
        if (!InputFile.TryRead(path[..split], out var file, out error))
        {
            return false;
        }

        if (!ImageFile.TryRead(file, out var image, out _) || image.Dtbo is not { } dtbo)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.BootImageMagicMissing, "the file is not a dtbo image, of which an overlay could be taken", "give dtbo.img")
                with { File = path[..split] };
            return false;
        }

        if (number >= dtbo.Entries.Length)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, $"the dtbo image has {dtbo.Entries.Length} overlays, counted from 0, and no number {number}",
                "kernelbuild dtbo info shows them") with { File = path[..split] };
            return false;
        }

        return DtboCompression.TryRead(dtbo.Version, dtbo.Entries[number], out bytes, out error);
    }
}
