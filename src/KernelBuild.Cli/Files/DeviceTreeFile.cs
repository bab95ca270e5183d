using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using KernelBuild.DeviceTrees.Blob;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Files;

/// <summary>
/// Reads the trees that the user named: a .dtb or .dtbo, or what an image has: boot.img and vendor_boot.img, dtbo.img, a table of trees
/// (QCDT), a
/// kernel with trees appended. Of several, the number from 0 on stands behind a #: dtbo.img#7.
/// </summary>
internal static class DeviceTreeFile
{
    private const int MostShown = 8;
    private const int LongestName = 80;

    /// <summary>One tree. A file of several is refused, because a change would have to say which.</summary>
    /// <param name="error">KB9012; KB6001 to KB6004; KB5011 and KB5060; KB9010 for a number that no tree has.</param>
    public static bool TryRead(string path, [NotNullWhen(true)] out DeviceTree? tree, [NotNullWhen(false)] out Diagnostic? error)
    {
        tree = null;
        var (file, number) = Split(path);
        if (!InputFile.TryRead(file, out var bytes, out error))
        {
            return false;
        }

        if (number is null && bytes.Span.StartsWith(DeviceTreeBlob.Magic))
        {
            error = DeviceTree.TryRead(bytes, out tree, out error) ? null : error with { File = file };
            return tree is not null;
        }

        if (!ImageTrees.TryRead(bytes, out var trees, out error))
        {
            error = error with { File = file };
            return false;
        }

        if (number is null && trees.Length > 1)
        {
            error = Ambiguous(file, trees);
            return false;
        }

        if (number >= trees.Length)
        {
            error = Diagnostic.Error(
                DiagnosticCodes.UsageInvalid,
                $"the file has {trees.Length} device tree{(trees.Length == 1 ? "" : "s")}, counted from 0, and no number {number}",
                "kernelbuild dt show shows them all") with { File = file };
            return false;
        }

        tree = trees[number ?? 0];
        error = null;
        return true;
    }

    /// <summary>All trees of a file, or the one whose number is given.</summary>
    public static bool TryReadAll(
        string path, [NotNullWhen(true)] out DeviceTreeSequence? trees, [NotNullWhen(false)] out Diagnostic? error)
    {
        trees = null;
        var (file, number) = Split(path);
        if (number is not null)
        {
            trees = TryRead(path, out var one, out error) ? new DeviceTreeSequence([one], [default, default]) : null;
            return trees is not null;
        }

        if (!InputFile.TryRead(file, out var bytes, out error))
        {
            return false;
        }

        // as they stand in the file, with their offsets; else as they come out of what holds them
        if (DeviceTreeSequence.TryRead(bytes, out trees, out error))
        {
            return true;
        }

        if (ImageTrees.TryRead(bytes, out var unpacked, out _))
        {
            trees = new DeviceTreeSequence(unpacked, [.. Enumerable.Repeat(default(ReadOnlyMemory<byte>), unpacked.Length + 1)]);
            error = null;
            return true;
        }

        error = error with { File = file };
        return false;
    }

    /// <summary>The file, and the number behind the last #, unless a file has that very name.</summary>
    private static (string File, int? Number) Split(string path)
    {
        var split = path.LastIndexOf('#');
        return split > 0 && !File.Exists(path)
            && int.TryParse(path.AsSpan(split + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (path[..split], number)
            : (path, null);
    }

    private static Diagnostic Ambiguous(string file, IReadOnlyList<DeviceTree> trees) => Diagnostic.Error(
        DiagnosticCodes.DeviceTreesSeveral, $"the file has {trees.Count} device trees, and it is not said which is meant",
        $"name one by its number: {file}#0") with
    {
        File = file,
        Details =
        [
            .. trees.Take(MostShown).Select((tree, number) => string.Create(CultureInfo.InvariantCulture, $"#{number}: {NameOf(tree)}")),
            .. trees.Count > MostShown ? (string[])[$"and {trees.Count - MostShown} more: kernelbuild dt show"] : [],
        ],
    };

    private static string NameOf(DeviceTree tree) =>
        string.Join(", ", tree.Root.Strings("model").Concat(tree.Root.Strings("compatible")).Take(3)) is not { Length: > 0 } name
        ? "without a name"
        : name.Length <= LongestName ? name
        : name[..LongestName] + "…";
}
