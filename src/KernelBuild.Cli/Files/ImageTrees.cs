using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Codecs;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Containers;

namespace KernelBuild.Cli.Files;

/// <summary>The device trees of an image of any kind.</summary>
internal static class ImageTrees
{
    private const long LargestTable = 64L << 20;

    /// <summary>All of them, in the order of the image; at least one.</summary>
    /// <param name="error">KB6001 to KB6004, KB5011.</param>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out ImmutableArray<DeviceTree> trees, [NotNullWhen(false)] out Diagnostic? error)
    {
        if (!ImageFile.TryRead(bytes, out var image, out _))
        {
            return TrySequence(bytes, out trees, out error) || TryKernel(bytes, out trees);
        }

        if (image.Dtbo is { } dtbo)
        {
            return TryOverlays(dtbo, out trees, out error);
        }

        // the sections for trees; without one, what is appended to the kernel, within its compression or behind it
        ReadOnlyMemory<byte>[] sections =
        [
            image.Boot?.Dtb ?? default, image.Boot?.Section(BootImageSectionKind.DeviceTreeTable) ?? default, image.VendorBoot?.Dtb ?? default,
        ];
        foreach (var section in sections.Where(section => !section.IsEmpty))
        {
            if (TrySequence(Unpacked(section), out trees, out error))
            {
                return true;
            }
        }

        if (image.Boot is { Kernel.IsEmpty: false } boot)
        {
            return TrySequence(boot.Kernel, out trees, out error) || TryKernel(boot.Kernel, out trees);
        }

        return TrySequence(image.Image, out trees, out error);
    }

    /// <summary>A table of trees that is compressed as a whole, as some vendors' tools write it.</summary>
    private static ReadOnlyMemory<byte> Unpacked(ReadOnlyMemory<byte> section) =>
        Decompressor.TryDecompress(section, out var data, out _, LargestTable) ? data.Content : section;

    private static bool TrySequence(
        ReadOnlyMemory<byte> bytes, out ImmutableArray<DeviceTree> trees, [NotNullWhen(false)] out Diagnostic? error)
    {
        var found = DeviceTreeSequence.TryRead(bytes, out var sequence, out error);
        trees = sequence?.Trees ?? [];
        return found;
    }

    /// <summary>Trees that are appended to a kernel before it is compressed.</summary>
    private static bool TryKernel(ReadOnlyMemory<byte> bytes, out ImmutableArray<DeviceTree> trees)
    {
        trees = [];
        return KernelFile.TryRead(bytes, out var kernel, out _) && TrySequence(kernel.Image, out trees, out _);
    }

    private static bool TryOverlays(DtboImage dtbo, out ImmutableArray<DeviceTree> trees, [NotNullWhen(false)] out Diagnostic? error)
    {
        trees = [];
        var read = ImmutableArray.CreateBuilder<DeviceTree>(dtbo.Entries.Length);
        foreach (var entry in dtbo.Entries)
        {
            if (!DtboCompression.TryRead(dtbo.Version, entry, out var content, out error) || !DeviceTree.TryRead(content, out var tree, out error))
            {
                return false;
            }

            read.Add(tree);
        }

        trees = read.DrainToImmutable();
        error = trees.IsEmpty ? Diagnostic.Error(DiagnosticCodes.DeviceTreeMagicMissing, "the dtbo image has no overlay") : null;
        return error is null;
    }
}
