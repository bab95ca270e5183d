namespace KernelBuild.Iommu.Topology;

/// <summary>
/// Access Control Services, the bits of its capability and control registers. Source: PCI Express Base Specification, 7.7.11.
/// </summary>
[Flags]
public enum AcsServices
{
    None = 0,
    SourceValidation = 1,
    TranslationBlocking = 2,
    RequestRedirect = 4,
    CompletionRedirect = 8,
    UpstreamForwarding = 0x10,
    EgressControl = 0x20,
    DirectTranslated = 0x40,

    /// <summary>What Linux wants for isolation. Source: drivers/iommu/iommu.c, REQ_ACS_FLAGS.</summary>
    Isolation = SourceValidation | RequestRedirect | CompletionRedirect | UpstreamForwarding,
}
