using KernelBuild.Iommu.Binding;

namespace KernelBuild.Iommu.Prediction;

/// <summary>The stream IDs in use at one IOMMU (rule S4).</summary>
internal sealed class StreamTable(IommuProvider provider, KernelVersion kernel)
{
    // SMMUv3: a stream belongs to one device. Source: arm-smmu-v3.c, arm_smmu_insert_master.
    private readonly Dictionary<uint, string> _owners = [];

    // SMMUv2: stream match registers, each with the group of the devices that use it. Source: arm-smmu.c, arm_smmu_find_sme.
    private readonly List<Entry> _entries = [];

    /// <summary>Takes the streams for a device; null, or why it cannot have them, in which case it takes none.</summary>
    public string? Take(string device, IReadOnlyList<StreamId> streams, out IReadOnlyList<int> entries)
    {
        entries = [];
        return provider.Kind switch
        {
            IommuKind.SmmuV3 => TakeExclusively(device, streams),
            IommuKind.Smmu => TakeMatching(device, streams, out entries),
            _ => null,
        };
    }

    /// <summary>SMMUv2: the group of the device's entries, the last one's winning. Source: arm-smmu.c, arm_smmu_device_group.</summary>
    /// <param name="conflict">True when two entries belong to different groups, which fails.</param>
    public int? GroupOf(IReadOnlyList<int> entries, out bool conflict, out string? with)
    {
        int? group = null;
        with = null;
        conflict = false;
        foreach (var entry in entries)
        {
            if (group is not null && _entries[entry].Group is { } other && other != group)
            {
                conflict = true;
                return null;
            }

            if (_entries[entry].Group is { } found)
            {
                group = found;
                with = _entries[entry].Device;
            }
        }

        return group;
    }

    public void SetGroup(IReadOnlyList<int> entries, int group)
    {
        foreach (var entry in entries)
        {
            _entries[entry].Group = group;
        }
    }

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

    private string? TakeMatching(string device, IReadOnlyList<StreamId> streams, out IReadOnlyList<int> entries)
    {
        var taken = new List<int>();
        entries = taken;
        var before = _entries.Count;
        foreach (var stream in streams)
        {
            var index = -1;
            for (var i = 0; i < _entries.Count && index < 0; i++)
            {
                var entry = _entries[i].Stream;
                if ((stream.Mask & entry.Mask) == stream.Mask && ((stream.Id ^ entry.Id) & ~entry.Mask) == 0)
                {
                    index = i;
                }
                else if (((stream.Id ^ entry.Id) & ~(entry.Mask | stream.Mask)) == 0)
                {
                    _entries.RemoveRange(before, _entries.Count - before);
                    return $"the stream ID {stream} overlaps {entry}, which {_entries[Math.Min(i, _entries.Count - 1)].Device} uses, without being covered by it: -22";
                }
            }

            if (index < 0)
            {
                index = _entries.Count;
                _entries.Add(new Entry(stream, device));
            }

            taken.Add(index);
        }

        return null;
    }

    private sealed class Entry(StreamId stream, string device)
    {
        public StreamId Stream { get; } = stream;

        public string Device { get; } = device;

        public int? Group { get; set; }
    }
}
