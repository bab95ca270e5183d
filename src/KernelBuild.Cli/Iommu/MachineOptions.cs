using System.CommandLine;

namespace KernelBuild.Cli.Iommu;

/// <summary>How a machine is named on the command line; the same for all verbs that look at one.</summary>
internal sealed class MachineOptions
{
    public Option<string?> Capture { get; } = new("--capture") { Description = "A capture file (kernelbuild iommu capture)" };

    public Option<string?> DeviceTree { get; } = new("--device-tree")
    {
        Description = "The tree the kernel is given (.dtb), instead of the capture's",
    };

    public Option<string?> Iort { get; } = new("--iort")
    {
        Description = "ACPI's table IORT of a machine that boots with ACPI (/sys/firmware/acpi/tables/IORT), instead of a tree",
    };

    public Option<string?> PciIds { get; } = new("--pci-ids")
    {
        Description = "The file with names of PCI devices; else /usr/share/misc/pci.ids (package pci.ids), where it is",
    };

    public Option<string?> ConfigSpace { get; } = new("--config-space")
    {
        Description = "lspci -D -xxxx or -D -nnvvv output, a tar of sysfs, or a capture",
    };

    public Option<string?> Kernel { get; } = new("--kernel") { Description = "Linux version, such as 6.12; else the capture's, else 6.12" };

    public Option<string[]> Host { get; } = new("--host") { Description = "DOMAIN=PATH: which node is the host bridge of a PCI domain" };

    public Option<bool> BoundOnly { get; } = new("--bound-only")
    {
        Description = "As it is now: functions without a driver have no group (else: once all are bound)",
    };

    public Option<bool> EndpointsFirst { get; } = new("--endpoints-first")
    {
        Description =
            "The endpoints' drivers are built in and the command line has no fw_devlink.strict=1: before 6.15, endpoints then get their "
            + "groups before the ports above them",
    };

    public Option<string?> KernelImage { get; } = new("--kernel-image")
    {
        Description =
            "The kernel that runs there (boot.img, Image, vmlinux): its version, and its ACS quirks instead of the known ones of Linux",
    };

    public Option<bool> QualcommGroups { get; } = new("--qcom-iommu-group")
    {
        Description = "The kernel is one of Qualcomm's, which reads qcom,iommu-group; a version such as 5.10.198-android12-9 says so "
            + "itself",
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[Capture, DeviceTree, Iort, ConfigSpace, Kernel, Host, BoundOnly, EndpointsFirst, KernelImage,
            QualcommGroups, PciIds])
        {
            command.Add(option);
        }
    }

    public MachineSource Of(ParseResult result) => new(
        result.GetValue(Capture), result.GetValue(DeviceTree), result.GetValue(ConfigSpace), result.GetValue(Kernel),
        result.GetValue(Host) ?? [], result.GetValue(BoundOnly), result.GetValue(EndpointsFirst), result.GetValue(KernelImage),
        result.GetValue(QualcommGroups), result.GetValue(Iort), result.GetValue(PciIds));
}
