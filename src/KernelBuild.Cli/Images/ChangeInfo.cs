using KernelBuild.BootImages.Comparison;

namespace KernelBuild.Cli.Images;

/// <summary>What became of a region, in JSON.</summary>
/// <param name="Name">The region's.</param>
/// <param name="Change">same, moved, changed, added, removed.</param>
internal sealed record ChangeInfo(string Name, string Change, long? OldOffset, long? OldSize, long? NewOffset, long? NewSize)
{
    public static ChangeInfo From(RegionChange change) =>
        new(change.Name, change.Kind, change.Old?.Offset, change.Old?.Size, change.New?.Offset, change.New?.Size);
}
