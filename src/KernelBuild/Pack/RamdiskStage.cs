using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using KernelBuild.Compression.Codecs;
using KernelBuild.Device;
using KernelBuild.Host.Files;
using KernelBuild.Stages;

namespace KernelBuild.Pack;

/// <summary>The gzip stream of a ramdisk; compressing is the slowest step of packing, and ramdisks seldom change.</summary>
/// <param name="name">ramdisk or vendor-ramdisk.</param>
internal sealed class RamdiskStage(DeviceFolders folders, StageRecords records, string name) : Stage<ReadOnlyMemory<byte>, CompressedRamdisk>(records)
{
    protected override string Name => name;

    protected override int Version => 1;

    protected override JsonTypeInfo<CompressedRamdisk> ResultType => PackJson.Default.CompressedRamdisk;

    /// <summary>Where the stream is kept.</summary>
    public string StreamFile => Path.Combine(folders.Work, name + ".gz");

    protected override ValueTask AddInputsAsync(ContentKey key, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        key.Add("cpio", SHA256.HashData(input.Span));
        return ValueTask.CompletedTask;
    }

    protected override ValueTask<bool> StandsAsync(CompressedRamdisk result, CancellationToken cancellationToken) =>
        ValueTask.FromResult(File.Exists(StreamFile) && Sha256Digest.OfFile(StreamFile) == result.Sha256);

    protected override Task<CompressedRamdisk> ExecuteAsync(
        ReadOnlyMemory<byte> input, CompressedRamdisk? last, CancellationToken cancellationToken)
    {
        var compressed = Gzip.Compress(input);
        AtomicFile.Write(StreamFile, compressed);
        return Task.FromResult(new CompressedRamdisk(Sha256Digest.Of(compressed)));
    }
}

/// <param name="Sha256">Of the gzip stream.</param>
internal sealed record CompressedRamdisk(Sha256Digest Sha256);
