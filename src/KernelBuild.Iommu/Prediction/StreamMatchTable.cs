namespace KernelBuild.Iommu.Prediction;

/// <summary>
/// The stream match registers of an SMMUv2 (rule S4, stream ID in use), each with the group of the devices that use it. A register that no
/// device uses any more is free again, and the lowest free one is taken next: which one is met first decides between sharing and
/// refusal. Source: arm-smmu.c, arm_smmu_find_sme, arm_smmu_master_alloc_smes, arm_smmu_free_sme, arm_smmu_device_group.
/// </summary>
internal sealed class StreamMatchTable
{
    private readonly List<Register> _registers = [];

    /// <summary>Takes a register for each stream; null, or why it cannot have them, in which case it takes none.</summary>
    public string? Take(string device, IReadOnlyList<StreamId> streams, out IReadOnlyList<int> registers)
    {
        var taken = new List<int>();
        registers = taken;
        foreach (var stream in streams)
        {
            var index = Find(stream, out var overlap);
            if (overlap is not null)
            {
                Release(taken);
                registers = [];
                return $"the stream ID {stream} overlaps {overlap.Stream}, which {(overlap.Device == device ? "it" : overlap.Device)} "
                    + $"uses, without being covered by it: -22";
            }

            if (_registers[index].Users == 0)
            {
                _registers[index] = new Register(stream, device);
            }

            _registers[index].Users++;
            taken.Add(index);
        }

        return null;
    }

    /// <summary>Gives registers back, as when a device that has them gets no group.</summary>
    public void Release(IReadOnlyList<int> registers)
    {
        foreach (var index in registers)
        {
            _registers[index].Users--;
        }
    }

    /// <summary>The group of the device's registers. The last one's wins, even if it has none: then the core decides.</summary>
    /// <param name="conflict">Two registers in a row belong to different groups, which fails.</param>
    /// <param name="with">The device that took the register first.</param>
    public int? GroupOf(IReadOnlyList<int> registers, out bool conflict, out string? with)
    {
        int? group = null;
        with = null;
        conflict = false;
        foreach (var index in registers)
        {
            var register = _registers[index];
            if (group is not null && register.Group is { } other && other != group)
            {
                conflict = true;
                return null;
            }

            (group, with) = (register.Group, register.Device);
        }

        return group;
    }

    public void SetGroup(IReadOnlyList<int> registers, int group)
    {
        foreach (var index in registers)
        {
            _registers[index].Group = group;
        }
    }

    /// <summary>The register to use, in use or free.</summary>
    private int Find(StreamId stream, out Register? overlap)
    {
        overlap = null;
        var free = -1;
        for (var i = 0; i < _registers.Count; i++)
        {
            var register = _registers[i];
            var other = register.Stream;
            if (register.Users == 0)
            {
                free = free < 0 ? i : free;
            }
            else if ((stream.Mask & other.Mask) == stream.Mask && ((stream.Id ^ other.Id) & ~other.Mask) == 0)
            {
                return i;
            }
            else if (((stream.Id ^ other.Id) & ~(other.Mask | stream.Mask)) == 0)
            {
                overlap = register;
                return -1;
            }
        }

        if (free < 0)
        {
            free = _registers.Count;
            _registers.Add(new Register(stream, ""));
        }

        return free;
    }

    private sealed class Register(StreamId stream, string device)
    {
        public StreamId Stream { get; } = stream;

        public string Device { get; } = device;

        public int Users { get; set; }

        public int? Group { get; set; }
    }
}
