namespace KernelBuild.BootImages.Avb.Descriptors;

/// <summary>A descriptor with a tag that is not known; kept as it is, as bootloaders do.</summary>
/// <param name="Raw">The whole descriptor.</param>
/// <param name="Tag">5 or above.</param>
public sealed record UnknownDescriptor(ReadOnlyMemory<byte> Raw, ulong Tag) : AvbDescriptor(Raw)
{
    public override string Kind => "unknown";
}
