namespace KernelBuild.BootImages.Avb.Descriptors;

/// <summary>
/// A statement of a vbmeta structure. Integers are big endian and, behind the fixed part, unaligned.
/// Source: AOSP, external/avb/libavb/avb_descriptor.h.
/// </summary>
/// <param name="Raw">The whole descriptor as stored: tag, length, content, padding to eight bytes.</param>
public abstract record AvbDescriptor(ReadOnlyMemory<byte> Raw)
{
    /// <summary>Tag and length.</summary>
    public const int HeaderLength = 16;

    public const int Alignment = 8;

    /// <summary>Where it is, in bytes from the start of the vbmeta structure; 0 for one that was made.</summary>
    public int Offset { get; init; }

    /// <summary>The kind in messages and in JSON: property, hashtree, hash, cmdline, chain, or unknown.</summary>
    public abstract string Kind { get; }

    /// <summary>The partition that it describes; null for those that describe none.</summary>
    public virtual string? Partition => null;
}
