using System.Collections.Immutable;
using KernelBuild.DeviceTrees.Blob;

namespace KernelBuild.KernelImages.Containers;

/// <summary>Device trees that were linked into a kernel.</summary>
internal static class EmbeddedDeviceTrees
{
    public static ImmutableArray<KernelLayer> Find(ReadOnlySpan<byte> image, int depth)
    {
        var found = ImmutableArray.CreateBuilder<KernelLayer>();
        for (var at = 0; at < image.Length;)
        {
            var next = image[at..].IndexOf(DeviceTreeBlob.Magic);
            if (next < 0)
            {
                break;
            }

            at += next;
            var length = DeviceTreeBlob.LengthOf(image[at..]);
            if (length > 0)
            {
                found.Add(new KernelLayer(KernelLayerKind.EmbeddedDeviceTree, depth, at, length, ""));
            }

            at += Math.Max(1, length);
        }

        return found.ToImmutable();
    }
}
