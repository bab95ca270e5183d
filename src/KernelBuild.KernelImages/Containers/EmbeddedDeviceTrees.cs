using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Blob;

namespace KernelBuild.KernelImages.Containers;

/// <summary>Device trees that were linked into a kernel.</summary>
internal static class EmbeddedDeviceTrees
{
    public static ImmutableArray<KernelLayer> Find(ReadOnlySpan<byte> image, int depth) =>
        [
            .. DeviceTreeBlob
                .FindAll(image)
                .Select(blob => new KernelLayer(KernelLayerKind.EmbeddedDeviceTree, depth, blob.Offset, blob.Length, "")),
        ];
}
