using System.Globalization;
using System.Text;
using KernelBuild.BootTest;

namespace KernelBuild.Passthrough;

/// <summary>
/// What the machine and the guests in it run: shell for a busybox, which prints lines that <see cref="ProofConsole"/> reads. Lines of the
/// machine begin with "### "; "### P FUNCTION …" is about a function, "### G FUNCTION …" a line of its guest's console.
/// </summary>
internal static class ProofScripts
{
    public const string Init = "init-of-machine";
    public const string Guest = "guest";
    public const string GuestKernel = "guest-kernel";
    public const string DmaGuest = "dma-guest";
    public const string VfioStatus = "vfio-status";

    private const string Root = "/" + GuestEmulator.Root;

    /// <summary>
    /// The init of the machine: takes each function from the host, gives it to a guest, then captures the machine and powers off.
    /// </summary>
    /// <param name="functions">Addresses in sysfs' form.</param>
    /// <param name="seconds">That one guest may run.</param>
    public static string OfMachine(IEnumerable<string> functions, int seconds)
    {
        var script = new StringBuilder();
        script.Append(CultureInfo.InvariantCulture, $$"""
            #!{{Root}}/busybox sh
            {{Root}}/busybox mkdir -p {{Root}}/bin /proc /sys /dev /tmp
            {{Root}}/busybox --install -s {{Root}}/bin
            export PATH={{Root}}/bin
            mount -t proc proc /proc
            mount -t sysfs sysfs /sys
            mount -t devtmpfs devtmpfs /dev 2>/dev/null
            echo 1 > /proc/sys/kernel/printk
            for list in /lib/modules/*/modules.load; do
              [ -e "$list" ] && while read -r module; do module=${module##*/}; modprobe "${module%.ko}"; done < "$list"
            done 2>/dev/null
            modprobe -a vfio_iommu_type1 vfio-pci kvm 2>/dev/null
            echo "### UP"
            [ -e /dev/kvm ] && echo "### HAS kvm"
            [ -d /sys/bus/pci/drivers/vfio-pci ] && echo "### HAS vfio-pci"
            [ -e /dev/vfio/vfio ] && echo "### HAS vfio"
            echo "### QEMU $({{GuestEmulator.RunEmulator}} --version | head -n 1)"

            driver_of() { [ -e "$1/driver" ] && basename "$(readlink "$1/driver")" || echo -; }

            emulate() {
              f=$1; shift
              timeout -k 2 {{seconds}} {{GuestEmulator.RunEmulator}} "$@" -accel kvm -cpu host -smp 1 -nodefaults -display none \
                -serial stdio -monitor none -no-reboot -device vfio-pci,host=$f,rombar=0 < /dev/null 2>&1 | sed "s/^/### G $f /"
            }

            prove() {
              f=$1
              d=/sys/bus/pci/devices/$f
              [ -e $d ] || { echo "### P $f absent"; return; }
              echo "### P $f is $(cat $d/vendor) $(cat $d/device) $(cat $d/class)"
              before=$(driver_of $d)
              echo "### P $f driver $before"
              dmesg -c > /dev/null
              [ -e $d/driver ] && echo $f > $d/driver/unbind
              echo vfio-pci > $d/driver_override
              echo $f > /sys/bus/pci/drivers_probe
              bound=$(driver_of $d)
              echo "### P $f bound $bound"
              if [ -e $d/iommu_group ]; then
                g=$(readlink $d/iommu_group)
                g=${g##*/}
                echo "### P $f group $g $(cat $d/iommu_group/type)"
                for m in $d/iommu_group/devices/*; do
                  echo "### P $f member ${m##*/} $(cat $m/class 2>/dev/null || echo -) $(driver_of $m)"
                done
                [ $bound = vfio-pci ] && {{Root}}/{{VfioStatus}} $g | sed "s/^/### P $f vfio /"
              fi
              if [ $bound = vfio-pci ] && [ -e /dev/kvm ]; then
                case $(cat $d/vendor)$(cat $d/device) in
                  0x12340x11e8)
                    emulate $f -M virt,gic-version=3,highmem=off -m 64M -kernel {{Root}}/{{DmaGuest}} ;;
                  *)
                    emulate $f -M virt,gic-version=3 -m 256M -kernel {{Root}}/{{GuestKernel}} -initrd {{Root}}/{{Guest}} \
                      -append "console=ttyAMA0 loglevel=5 rdinit=/init" ;;
                esac
              fi
              dmesg -c | grep -iE 'smmu|vfio|iommu|kvm|fault' | sed "s/^\[[^]]*\] *//;s/^/### P $f log /"
              echo "### P $f end"
              # back to the host, so that the next function finds what the first one found
              [ -e $d/driver ] && echo $f > $d/driver/unbind
              echo > $d/driver_override
              [ $before = - ] || echo $f > /sys/bus/pci/drivers_probe
            }


            """);
        foreach (var function in functions)
        {
            script.Append("prove ").Append(function).Append(" 2>/dev/null\n");
        }

        script.Append("echo \"### PROVED $(cut -d' ' -f1 /proc/uptime)\"\n");
        return script.Append(GuestCapture.Bind).Append(GuestCapture.Report).ToString().ReplaceLineEndings("\n");
    }

    /// <summary>The init of the guest: uses whatever was handed to it, by what it is.</summary>
    public static string OfGuest { get; } = """
        #!/busybox sh
        /busybox --install -s /bin
        export PATH=/bin
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t devtmpfs devtmpfs /dev 2>/dev/null
        echo 1 > /proc/sys/kernel/printk
        echo "### GUEST $(uname -r)"

        # of the lines of /proc/interrupts that name it
        interrupts() { grep -E "$1" /proc/interrupts | awk '{ for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }'; }

        for d in /sys/bus/pci/devices/*; do
          driver=-
          [ -e $d/driver ] && driver=$(basename $(readlink $d/driver))
          echo "### PCI ${d##*/} $(cat $d/vendor) $(cat $d/device) $(cat $d/class) $driver $(ls $d/msi_irqs 2>/dev/null | wc -l)"
        done
        for n in /sys/bus/pci/devices/*/net/* /sys/bus/pci/devices/*/virtio*/net/*; do
          [ -e $n ] || continue
          i=${n##*/}
          ip link set lo up
          ip link set $i up
          ip addr add 10.0.2.15/24 dev $i
          tries=0
          while [ "$(cat $n/carrier 2>/dev/null)" != 1 ] && [ $tries -lt 100 ]; do usleep 100000; tries=$((tries + 1)); done
          a=$(interrupts $i)
          received=$(ping -c 3 -W 5 10.0.2.2 | grep -oE '[0-9]+ packets received' | cut -d' ' -f1)
          echo "### NETWORK $i $(cat $n/carrier 2>/dev/null || echo 0) ${received:-0} $a $(interrupts $i)"
        done
        for n in /sys/bus/pci/devices/*/nvme/nvme*/nvme*n1; do
          [ -e $n ] || continue
          name=${n##*/}
          a=$(interrupts ${name%n1}q)
          dd if=/dev/urandom of=/pattern bs=64k count=32 2>/dev/null
          dd if=/pattern of=/dev/$name bs=64k conv=fsync 2>/dev/null
          blockdev --flushbufs /dev/$name
          echo 3 > /proc/sys/vm/drop_caches
          wrote=$(sha256sum < /pattern)
          read=$(dd if=/dev/$name bs=64k count=32 2>/dev/null | sha256sum)
          echo "### DISK $name ${wrote%% *} ${read%% *} $a $(interrupts ${name%n1}q)"
        done 2>/dev/null
        echo "### END GUEST"
        poweroff -f

        """.ReplaceLineEndings("\n");
}
