using System.Collections.Immutable;

namespace KernelBuild.KernelImages.Tables;

/// <summary>An of_device_id table, and who uses it.</summary>
/// <param name="Address">Of the first entry.</param>
/// <param name="Name">Its symbol; empty when the kernel lists functions only.</param>
/// <param name="Entries">In order.</param>
/// <param name="Driver">The name of the driver whose of_match_table it is; empty when no driver structure points to it.</param>
/// <param name="Probe">That driver's probe; empty when it is not known.</param>
/// <param name="Users">Functions whose code takes the table's address.</param>
public sealed record MatchTable(
    ulong Address, string Name, ImmutableArray<MatchEntry> Entries, string Driver, string Probe, ImmutableArray<string> Users);
