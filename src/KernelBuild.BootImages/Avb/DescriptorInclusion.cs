using System.Collections.Immutable;
using KernelBuild.BootImages.Avb.Descriptors;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// The descriptors of other images as avbtool's <c>--include_descriptors_from_image</c> takes them: those of no partition in their order;
/// of those of a partition the last of each kind and name, sorted by both.
/// </summary>
public static class DescriptorInclusion
{
    /// <param name="images">The vbmeta structures of the images, in the order of the command line.</param>
    public static ImmutableArray<AvbDescriptor> From(IEnumerable<Vbmeta> images)
    {
        var others = ImmutableArray.CreateBuilder<AvbDescriptor>();
        var ofPartitions = new SortedDictionary<string, AvbDescriptor>(StringComparer.Ordinal);
        foreach (var descriptor in images.SelectMany(image => image.Descriptors))
        {
            // avbtool sorts by the names of its own classes.
            var kind = descriptor switch
            {
                HashDescriptor => "AvbHashDescriptor",
                HashtreeDescriptor => "AvbHashtreeDescriptor",
                ChainPartitionDescriptor => "AvbChainPartitionDescriptor",
                _ => "",
            };
            if (kind.Length > 0)
            {
                ofPartitions[kind + "_" + descriptor.Partition] = descriptor;
            }
            else
            {
                others.Add(descriptor);
            }
        }

        others.AddRange(ofPartitions.Values);
        return others.ToImmutable();
    }
}
