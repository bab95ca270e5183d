using System.Collections.Immutable;

namespace KernelBuild.BootImages.Containers;

/// <summary>One step that makes blocks of a partition.</summary>
/// <param name="Kind">What it does; a number that is not known stays one.</param>
/// <param name="DataOffset">Where its data stand, in bytes behind the metadata.</param>
/// <param name="DataLength">Bytes.</param>
/// <param name="Blocks">Which blocks it makes, in this order: the first one and how many.</param>
/// <param name="DataSha256">Of the data; empty when the payload does not say.</param>
public sealed record PayloadOperation(
    PayloadOperationKind Kind, ulong DataOffset, ulong DataLength, ImmutableArray<(ulong Start, ulong Count)> Blocks, ReadOnlyMemory<byte> DataSha256)
{
    /// <summary>Whether it needs nothing but the payload.</summary>
    public bool IsFull => Kind is PayloadOperationKind.Replace or PayloadOperationKind.ReplaceBzip2 or PayloadOperationKind.ReplaceXz
        or PayloadOperationKind.ReplaceZstd or PayloadOperationKind.Zero or PayloadOperationKind.Discard;

    /// <summary>As update_engine spells it: REPLACE_XZ.</summary>
    public string Name => Kind switch
    {
        PayloadOperationKind.Replace => "REPLACE",
        PayloadOperationKind.ReplaceBzip2 => "REPLACE_BZ",
        PayloadOperationKind.Move => "MOVE",
        PayloadOperationKind.Bsdiff => "BSDIFF",
        PayloadOperationKind.SourceCopy => "SOURCE_COPY",
        PayloadOperationKind.SourceBsdiff => "SOURCE_BSDIFF",
        PayloadOperationKind.Zero => "ZERO",
        PayloadOperationKind.Discard => "DISCARD",
        PayloadOperationKind.ReplaceXz => "REPLACE_XZ",
        PayloadOperationKind.Puffdiff => "PUFFDIFF",
        PayloadOperationKind.BrotliBsdiff => "BROTLI_BSDIFF",
        PayloadOperationKind.Zucchini => "ZUCCHINI",
        PayloadOperationKind.Lz4DiffBsdiff => "LZ4DIFF_BSDIFF",
        PayloadOperationKind.Lz4DiffPuffdiff => "LZ4DIFF_PUFFDIFF",
        PayloadOperationKind.ReplaceZstd => "ZSTD",
        var other => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"operation {(int)other}"),
    };
}
