namespace KernelBuild.Compression.Codecs;

/// <summary>What a compressed stream holds.</summary>
/// <param name="Format">How it was stored.</param>
/// <param name="Content">The bytes; for <see cref="CompressionFormat.None"/> the very memory that was given.</param>
/// <param name="CompressedLength">
/// Bytes of the stream; less than what was given when something follows it, such as a device tree appended to a kernel.
/// </param>
public sealed record DecompressedData(CompressionFormat Format, ReadOnlyMemory<byte> Content, int CompressedLength);
