using KernelBuild.DeviceTrees.Blob;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.KernelImages.Containers;

/// <summary>
/// U-Boot's FIT: a device tree whose node images holds files, and configurations say which belong together. The file is the property data,
/// or stands behind the tree. Source: the Flattened Image Tree specification, source_file_format.
/// </summary>
internal static class FlattenedImageTree
{
    private const int ExternalAlignment = 4;

    /// <returns>Null for a device tree without images.</returns>
    public static LoaderForm? TryRead(ReadOnlyMemory<byte> bytes)
    {
        if (!bytes.Span.StartsWith(DeviceTreeBlob.Magic) || !DeviceTree.TryRead(bytes, out var tree, out _)
            || Child(tree.Root, "images") is not { } images)
        {
            return null;
        }

        if (Kernel(tree.Root, images) is not { } kernel)
        {
            return Unread("", Diagnostic.Error(
                DiagnosticCodes.KernelNotRecognized, "the FIT image has no kernel: no configuration names one, and no image has its type",
                "give the image with the kernel in it"));
        }

        var name = string.Concat(kernel.Strings("description").Take(1));
        if (kernel.Strings("arch") is [not "arm64" and var architecture, ..])
        {
            return Unread(name, Diagnostic.Error(
                DiagnosticCodes.KernelNotArm64, $"the FIT image has a kernel for {architecture}; only arm64 kernels are read",
                "give the arm64 image"));
        }

        if (kernel.TryGetProperty("data", out var data) && bytes.Span.Overlaps(data.Value.Span, out var offset))
        {
            return LoaderForm.Of(bytes, KernelLayerKind.FlattenedImageTree, offset, data.Value.Length, name);
        }

        long end = DeviceTreeBlob.LengthOf(bytes.Span);
        var start = kernel.Number("data-position") ?? (kernel.Number("data-offset") is { } behind
            ? ((end + ExternalAlignment - 1) / ExternalAlignment * ExternalAlignment) + behind
            : (long?)null);
        var size = start is null ? 0 : kernel.Number("data-size") ?? 0;
        return LoaderForm.Of(bytes, KernelLayerKind.FlattenedImageTree, start ?? 0, size, name);
    }

    /// <summary>What the default configuration names, or the first one; else the first image that says it is a kernel.</summary>
    private static DeviceTreeNode? Kernel(DeviceTreeNode root, DeviceTreeNode images)
    {
        var configurations = Child(root, "configurations");
        var chosen = configurations?.Strings("default") is [var name, ..]
            ? Child(configurations, name)
            : configurations?.Children.FirstOrDefault();
        return (chosen?.Strings("kernel") is [var kernel, ..] ? Child(images, kernel) : null)
            ?? images.Children.FirstOrDefault(image => image.Strings("type") is ["kernel" or "kernel_noload", ..]);
    }

    private static DeviceTreeNode? Child(DeviceTreeNode node, string name) => node.Children.FirstOrDefault(child => child.Name == name);

    private static LoaderForm Unread(string name, Diagnostic error) => new(KernelLayerKind.FlattenedImageTree, 0, 0, name, error);
}
