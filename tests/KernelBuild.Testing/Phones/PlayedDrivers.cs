using KernelBuild.Iommu.Topology;
using KernelBuild.Testing.Iommu;

namespace KernelBuild.Testing.Phones;

/// <summary>
/// The kernel's side of binding, for a file system in a folder: a program tee that does what a write to sysfs does, so that who writes
/// finds it done. Source: Linux, drivers/base/bus.c (bind, unbind, drivers_probe), drivers/pci/pci-driver.c (driver_override).
/// </summary>
public static class PlayedDrivers
{
    /// <summary>A network card at its driver, alone in group 9.</summary>
    public const string Card = "0000:01:00.0";

    /// <summary>
    /// Files beside the drivers change what happens: "refuses" for a vfio-pci that takes nothing, "stuck" for a driver that takes nothing
    /// back, "slow" for a kernel that takes its time.
    /// </summary>
    public static void Add(TestFolder files, string root, string programs)
    {
        var card = VirtMachine.Topology(acsOn: false).Functions.First(function => function.Address.ToString() == Card);
        var folder = $"{root}/sys/bus/pci/devices/{Card}";
        files.Write(folder + "/config", ConfigSpaceWriter.Write(card));
        files.Write(folder + "/vendor", "0x8086\n");
        files.Write(folder + "/device", "0x10d3\n");
        files.Write(folder + "/driver_override", "(null)\n");
        files.Write(folder + "/net/eth0/operstate", "down\n");
        files.Folder(root + "/sys/bus/pci/drivers/e1000e");
        files.Folder(root + "/sys/bus/pci/drivers/vfio-pci");
        files.Folder($"{root}/sys/kernel/iommu_groups/9/devices/{Card}");
        File.CreateSymbolicLink(files[folder + "/driver"], "../../../../bus/pci/drivers/e1000e");
        File.CreateSymbolicLink(files[folder + "/iommu_group"], "../../../../kernel/iommu_groups/9");
        files.Script(programs + "/tee", """
            v=$(cat); p=$R/sys/bus/pci; d=$p/devices/$v
            echo "$v > ${1#$R}" >> $R/writes
            [ ! -e $p/slow ] || sleep 0.3
            take() { [ -e $d/driver ] || ln -s ../../../../bus/pci/drivers/$1 $d/driver; }
            case $1 in
              */driver/unbind) rm -f $d/driver ;;
              */driver_override) [ -n "$v" ] || v='(null)'; echo "$v" > $1 ;;
              */drivers_probe) case $(cat $d/driver_override) in
                  vfio-pci) [ -e $p/refuses ] || { take vfio-pci; mkdir -p $R/dev/vfio; : > $R/dev/vfio/9; } ;;
                  *) [ -e $p/stuck ] || take e1000e ;;
                esac ;;
              */bind) n=${1%/bind}; [ -e $p/stuck ] || take ${n##*/} ;;
            esac
            """);
    }
}
