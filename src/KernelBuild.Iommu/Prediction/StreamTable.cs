using KernelBuild.Iommu.Binding;

namespace KernelBuild.Iommu.Prediction;

/// <summary>The stream IDs in use at one IOMMU (rule S4, stream ID in use).</summary>
internal sealed class StreamTable(IommuProvider provider, KernelVersion kernel)
{
    // SMMUv3: a stream belongs to one device. Source: arm-smmu-v3.c, arm_smmu_insert_master.
    private readonly Dictionary<uint, string> _owners = [];

    private readonly StreamMatchTable _registers = new();

    /// <summary>Takes the streams for a device; null, or why it cannot have them, in which case it takes none.</summary>
    public string? Take(string device, IReadOnlyList<StreamId> streams, out IReadOnlyList<int> entries)
    {
        entries = [];
        return provider.Kind switch
        {
            IommuKind.SmmuV3 => TakeExclusively(device, streams),
            IommuKind.Smmu => _registers.Take(device, streams, out entries),
            _ => null,
        };
    }

    /// <summary>SMMUv2: the group that comes with the device's registers; null elsewhere.</summary>
    /// <param name="conflict">True when they belong to two, which fails; the device has no registers any more then.</param>
    public int? GroupOf(IReadOnlyList<int> entries, out bool conflict, out string? with)
    {
        var group = _registers.GroupOf(entries, out conflict, out with);
        if (conflict)
        {
            _registers.Release(entries);
        }

        return group;
    }

    public void SetGroup(IReadOnlyList<int> entries, int group) => _registers.SetGroup(entries, group);

    private string? TakeExclusively(string device, IReadOnlyList<StreamId> streams)
    {
        foreach (var stream in streams)
        {
            if (_owners.TryGetValue(stream.Id, out var owner) && owner != device)
            {
                return $"the stream ID {stream} belongs to {owner} already, and an SMMUv3 stream has one owner"
                    + (kernel < new KernelVersion(5, 11) ? ": this kernel panics (BUG in arm_smmu_write_strtab_ent)"
                        : kernel.GroupsAtEnumeration ? ": \"Aliasing StreamID unsupported\", -19"
                        : ": \"stream already in tree\", -22");
            }
        }

        foreach (var stream in streams)
        {
            _owners[stream.Id] = device;
        }

        return null;
    }
}
