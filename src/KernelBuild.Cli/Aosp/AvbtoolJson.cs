using System.Text.Json.Serialization;

namespace KernelBuild.Cli.Aosp;

/// <summary>avbtool's <c>print_partition_digests --json</c>, as AOSP's writes it: two blanks a level, no line break at the end.</summary>
internal sealed record AvbtoolPartitionDigests(IReadOnlyList<AvbtoolPartitionDigest> Partitions);

/// <param name="Name">Of the partition.</param>
/// <param name="Digest">Of the image, or the root of its hash tree; lower-case hexadecimal.</param>
internal sealed record AvbtoolPartitionDigest(string Name, string Digest);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AvbtoolPartitionDigests))]
internal sealed partial class AvbtoolJson : JsonSerializerContext;
