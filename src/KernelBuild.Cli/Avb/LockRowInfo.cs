using KernelBuild.BootImages.Inspection;

namespace KernelBuild.Cli.Avb;

/// <summary>One partition of <c>avb lock-check --json</c>.</summary>
/// <param name="Partition">Without slot.</param>
/// <param name="State">good, bad or not-checked.</param>
/// <param name="By">What vouches for it.</param>
/// <param name="Key">SHA-1 of the key that signs it; null where another structure's signature covers it.</param>
/// <param name="RollbackIndex">Null where it has none of its own.</param>
/// <param name="RollbackIndexLocation">Null as before.</param>
/// <param name="Size">Bytes of the file; null when it is not given.</param>
/// <param name="Why">In one line.</param>
internal sealed record LockRowInfo(
    string Partition, string State, string By, string? Key, ulong? RollbackIndex, uint? RollbackIndexLocation, long? Size, string Why)
{
    public static LockRowInfo From(LockRow row) =>
        new(row.Partition, row.StateName, row.By, row.Key, row.Rollback, row.Location, row.Size, row.Why);
}
