namespace KernelBuild.Flashing;

/// <summary>
/// A shell script for root that gives PCI functions to vfio-pci, looks, and gives them back: in one piece on the device, so that a lost
/// connection leaves none of them without its driver. What the host uses is not touched.
/// </summary>
internal static class BindingScript
{
    /// <summary>
    /// Prints, for each function: U for what of it is in use (then nothing is done), O its driver before, B its driver while it was given
    /// away, M what the kernel said, A its driver afterwards; V for a group that VFIO offers; L when there is no vfio-pci.
    /// R, when set, is put before every path, as in the capture's script. Writes go through tee, whose failure is no failure of the script.
    /// </summary>
    private const string Text = """
        p=$R/sys/bus/pci; d=$p/devices
        drv() { v=$(readlink $d/$1/driver 2>/dev/null); echo "${v##*/}"; }
        put() { echo "$1" | tee "$2" >/dev/null 2>&1; }
        busy() {
          for i in $d/$1/net/* $d/$1/*/net/*; do
            [ "$(cat $i/operstate 2>/dev/null)" = up ] && echo "U $1 its network interface ${i##*/} is up"
          done
          for b in $d/$1/block/* $d/$1/*/block/* $d/$1/nvme/nvme*/nvme*n* $d/$1/host*/target*/*/block/* $d/$1/*/host*/target*/*/block/*; do
            [ -e "$b" ] || continue
            n=$(echo "${b##*/}" | sed 's/c[0-9]*n/n/')
            used=
            for v in $(cat $b/dev $b/*/dev 2>/dev/null); do grep -q " $v " $R/proc/self/mountinfo 2>/dev/null && used=1; done
            grep -q "^/dev/$n" $R/proc/mounts $R/proc/swaps 2>/dev/null && used=1
            for h in $b/holders/* $b/*/holders/*; do [ -e "$h" ] && used=1; done
            [ -n "$used" ] && echo "U $1 its disk $n is in use"
          done
        }
        back() {
          trap '' EXIT HUP INT TERM PIPE
          for f in $moved; do
            eval "o=\$old_$(id_of $f) w=\$was_$(id_of $f)"
            [ "$(drv $f)" != vfio-pci ] || put $f $d/$f/driver/unbind
            put "$w" $d/$f/driver_override
            [ -z "$o" ] || put $f $p/drivers/$o/bind
            [ -z "$o" ] || [ "$(drv $f)" = "$o" ] || put $f $p/drivers_probe
          done
          for f in $moved; do echo "A $f $(drv $f)-"; done
        }
        id_of() { echo "$1" | tr ':.' '__'; }
        in_use=$(for f in $functions; do busy $f; done)
        if [ -n "$in_use" ]; then echo "$in_use"; exit 0; fi
        modprobe vfio-pci >/dev/null 2>&1
        [ -e $p/drivers/vfio-pci ] || { echo L; exit 0; }
        moved=
        trap back EXIT
        trap 'exit 1' HUP INT TERM PIPE
        for f in $functions; do
          o=$(drv $f); echo "O $f $o-"
          [ "$o" != vfio-pci ] || { echo "B $f $o-"; continue; }
          w=$(cat $d/$f/driver_override 2>/dev/null); [ "$w" != '(null)' ] || w=
          eval "old_$(id_of $f)=\$o was_$(id_of $f)=\$w"
          moved="$moved $f"
          [ -z "$o" ] || put $f $d/$f/driver/unbind
          put vfio-pci $d/$f/driver_override
          put $f $p/drivers_probe
          echo "B $f $(drv $f)-"
          [ "$(drv $f)" = vfio-pci ] || dmesg 2>/dev/null | grep -F "$f" | tail -n 3 | sed "s/^/M $f /"
        done
        [ -e "$R/dev/vfio/$group" ] && echo "V $group"
        exit 0
        """;

    /// <param name="functions">Addresses: hexadecimal digits, colons and dots.</param>
    public static string Of(IEnumerable<string> functions, int group) =>
        FormattableString.Invariant($"functions='{string.Join(' ', functions)}'; group={group}\n") + Text.ReplaceLineEndings("\n");
}
