namespace KernelBuild.BootImages.Inspection;

/// <summary>What vouches for a partition, and whether it does.</summary>
/// <param name="Partition">Without slot.</param>
/// <param name="By">"root", "chain in vbmeta", "hash in vbmeta", "hash tree in vbmeta", or "nothing".</param>
/// <param name="Key">SHA-1 of the key that signs it, as avbtool prints it; null where another structure's signature covers it.</param>
/// <param name="Rollback">Its rollback index; null where it has none of its own.</param>
/// <param name="Location">Where the device keeps that index; null as before.</param>
/// <param name="Size">Bytes of the image's file; null when it is not given.</param>
/// <param name="State">Good; Bad; NotChecked when its image is not given.</param>
/// <param name="Why">In one line.</param>
public sealed record LockRow(
    string Partition, string By, string? Key, ulong? Rollback, uint? Location, long? Size, AnswerState State, string Why)
{
    /// <summary>The word in JSON: good, bad, not-checked.</summary>
    public string StateName => new Answer(State, Why).StateName;
}
