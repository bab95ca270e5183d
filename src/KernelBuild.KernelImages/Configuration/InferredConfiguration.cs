using System.Collections.Immutable;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.KernelImages.Configuration;

/// <summary>
/// What can be said of the configuration of a kernel that does not carry it: a function that only one option compiles proves that option.
/// An option that is not listed may be off, a module, or simply not provable; nothing is said about it.
/// </summary>
public static class InferredConfiguration
{
    private static readonly (string Option, string Function)[] Rules =
    [
        ("IOMMU_API", "iommu_group_alloc"), ("IOMMU_DMA", "iommu_get_msi_cookie"), ("OF_IOMMU", "of_iommu_configure"),
        ("ARM_SMMU", "arm_smmu_write_context_bank"), ("ARM_SMMU_V3", "arm_smmu_cmdq_issue_cmdlist"), ("VIRTIO_IOMMU", "viommu_probe"),
        ("ROCKCHIP_IOMMU", "rk_iommu_probe"), ("MTK_IOMMU", "mtk_iommu_probe"), ("QCOM_IOMMU", "qcom_iommu_device_probe"),
        ("TEGRA_IOMMU_SMMU", "tegra_smmu_probe"),
        ("EXYNOS_IOMMU", "exynos_sysmmu_probe"), ("IPMMU_VMSA", "ipmmu_probe"), ("SUN50I_IOMMU", "sun50i_iommu_probe"),
        ("IOMMUFD", "iommufd_ctx_from_file"),
        ("PCI", "pci_scan_root_bus"), ("PCIEPORTBUS", "pcie_portdrv_probe"), ("PCIEAER", "aer_probe"),
        ("PCI_QUIRKS", "pci_dev_specific_acs_enabled"),
        ("PCI_ATS", "pci_enable_ats"), ("PCI_PRI", "pci_enable_pri"), ("PCI_PASID", "pci_enable_pasid"), ("PCI_IOV", "pci_enable_sriov"),
        ("PCI_MSI", "pci_alloc_irq_vectors_affinity"),
        ("PCI_ECAM", "pci_ecam_create"), ("PCI_HOST_COMMON", "pci_host_common_probe"), ("PCIE_DW", "dw_pcie_read"),
        ("PCIE_QCOM", "qcom_pcie_probe"), ("HOTPLUG_PCI_PCIE", "pciehp_probe"),
        ("VFIO", "vfio_register_group_dev"), ("VFIO_PCI", "vfio_pci_probe"), ("VFIO_PCI_CORE", "vfio_pci_core_enable"),
        ("VFIO_PLATFORM", "vfio_platform_probe"),
        ("VFIO_IOMMU_TYPE1", "vfio_iommu_type1_attach_group"), ("KVM", "kvm_arch_vcpu_ioctl_run"),
        ("OF", "of_find_property"), ("OF_OVERLAY", "of_overlay_fdt_apply"), ("OF_DYNAMIC", "of_attach_node"), ("ACPI", "acpi_bus_scan"),
        ("ACPI_IORT", "iort_iommu_configure_id"),
        ("EFI", "efi_mem_reserve"), ("MODULES", "load_module"), ("KALLSYMS", "kallsyms_lookup_name"), ("KPROBES", "register_kprobe"),
        ("DYNAMIC_FTRACE", "ftrace_set_filter"),
        ("BPF_SYSCALL", "bpf_prog_load"), ("SECCOMP", "__secure_computing"), ("SUSPEND", "pm_suspend"), ("HIBERNATION", "hibernate"),
        ("CGROUPS", "cgroup_attach_task"),
        ("ARM64_SVE", "sve_alloc"), ("ARM64_MTE", "mte_suspend_enter"), ("STACKPROTECTOR", "__stack_chk_fail"),
        ("SHADOW_CALL_STACK", "scs_alloc"), ("KASAN", "kasan_report"),
        ("DMA_SHARED_BUFFER", "dma_buf_export"), ("DRM", "drm_dev_register"), ("USB", "usb_register_driver"), ("NET", "sock_register"),
        ("BLOCK", "submit_bio"), ("GPIOLIB", "gpiochip_add_data_with_key"),
        ("REGULATOR", "regulator_register"), ("COMMON_CLK", "clk_hw_register"), ("ARM_GIC_V3", "gic_of_init_v3"),
        ("ARM_GIC_V3_ITS", "its_alloc_device_irq"), ("ARM_PSCI_FW", "psci_system_reset"),
        ("SECURITY_SELINUX", "selinux_inode_permission"), ("SWIOTLB", "swiotlb_tbl_map_single"), ("DMA_CMA", "dma_alloc_from_contiguous"),
    ];

    /// <summary>What can be proved, by name.</summary>
    public static ImmutableArray<InferredOption> Of(KernelImage image)
    {
        var found = new List<InferredOption>();
        if (image.Header is { } header)
        {
            if (header.PageSize is { } size)
            {
                found.Add(new InferredOption($"CONFIG_ARM64_{size / 1024}K_PAGES", "y", "arm64 header"));
            }

            if (image.Bytes.Span.StartsWith("MZ"u8))
            {
                found.Add(new InferredOption("CONFIG_EFI_STUB", "y", "PE header"));
            }
        }

        if (image.Relocations.Form != Relocations.RelocationForm.None)
        {
            found.Add(new InferredOption("CONFIG_RELOCATABLE", "y", "relocations"));
        }

        if (TypeTable.TryFind(image.Bytes, out _, out _))
        {
            found.Add(new InferredOption("CONFIG_DEBUG_INFO_BTF", "y", "types"));
        }

        if (image.TryGetSymbols(out var symbols, out _))
        {
            found.AddRange(FromSymbols(symbols));
        }

        if (KernelBuild.Compression.Recognition.LinuxBanner.Find(image.Bytes.Span) is { } banner)
        {
            found.AddRange(FromBanner(banner));
        }

        return [.. found.DistinctBy(option => option.Name).OrderBy(option => option.Name, StringComparer.Ordinal)];
    }

    private static IEnumerable<InferredOption> FromSymbols(SymbolTable symbols)
    {
        foreach (var (option, function) in Rules)
        {
            if (symbols.TryFind(function, out var symbol) && symbol.IsCode)
            {
                yield return new InferredOption("CONFIG_" + option, "y", "function " + function);
            }
        }

        yield return new InferredOption("CONFIG_KALLSYMS", "y", "symbols");
        if (symbols.TryFind("init_task", out var data) && !data.IsCode)
        {
            yield return new InferredOption("CONFIG_KALLSYMS_ALL", "y", "data symbol init_task");
        }
    }

    private static IEnumerable<InferredOption> FromBanner(string banner)
    {
        if (banner.Contains(" SMP ", StringComparison.Ordinal))
        {
            yield return new InferredOption("CONFIG_SMP", "y", "banner");
        }

        if (banner.Contains("clang version", StringComparison.Ordinal))
        {
            yield return new InferredOption("CONFIG_CC_IS_CLANG", "y", "banner");
        }
        else if (banner.Contains("gcc", StringComparison.OrdinalIgnoreCase))
        {
            yield return new InferredOption("CONFIG_CC_IS_GCC", "y", "banner");
        }
    }
}
