using KernelBuild.Host.Files;

namespace KernelBuild.Flashing;

/// <summary>A partition that was read off a running device: a line of pulled.jsonl beside the files.</summary>
/// <param name="Partition">With its slot: boot_a.</param>
/// <param name="File">Its name, beside the list.</param>
/// <param name="Sha256">As the device computed it, and as the file has it.</param>
/// <param name="Size">Bytes.</param>
/// <param name="SerialNumber">Of the device; empty when it tells none.</param>
/// <param name="Fingerprint">ro.build.fingerprint of the system that ran.</param>
/// <param name="IsRunning">Whether it belongs to the slot that ran, or has no slot.</param>
/// <param name="Time">UTC.</param>
public sealed record PulledPartition(
    string Partition, string File, Sha256Digest Sha256, long Size, string SerialNumber, string Fingerprint, bool IsRunning, DateTime Time);
