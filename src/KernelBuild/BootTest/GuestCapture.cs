using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Capturing;

namespace KernelBuild.BootTest;

/// <summary>
/// How a guest tells what it is: shell lines for a busybox as /bin/busybox, which bind every endpoint to vfio-pci and print a
/// tar of sysfs as text, and the reading of that text. The tar is what anybody may make of a machine to capture it; the groups
/// that Linux formed are links in it. The drivers are those from before the binding.
/// </summary>
public static class GuestCapture
{
    /// <summary>The first lines of an init.</summary>
    public const string Prologue = """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        export PATH=/bin
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        mount -t devtmpfs devtmpfs /dev 2>/dev/null
        echo 1 > /proc/sys/kernel/printk

        """;

    /// <summary>
    /// VFIO may be a module of the ramdisk. Ports keep pcieport, and a virtio-iommu its driver: all other functions get vfio-pci, and with it a group, where the kernel forms
    /// groups as drivers are bound.
    /// </summary>
    public const string Bind = """
        modprobe -a vfio-pci vfio-platform 2>/dev/null
        for d in /sys/bus/pci/devices/*; do
          read class < $d/class
          v=$(readlink $d/driver) && echo "B ${d##*/} ${v##*/}"
          read vendor < $d/vendor
          read device < $d/device
          case $class$vendor$device in 0x0604* | *0x1af40x1057) continue ;; esac
          [ -e $d/driver ] && echo ${d##*/} > $d/driver/unbind
          echo vfio-pci > $d/driver_override
          echo ${d##*/} > /sys/bus/pci/drivers_probe
        done 2>/dev/null

        """;

    /// <summary>Tells all and powers off.</summary>
    public const string Report = """
        echo "### KERNEL $(uname -r)"
        echo "### CAPTURE"
        tar cf - $(find /sys/devices/platform/*.pcie -name config -o -name driver -o -name iommu_group -o -name of_node) /sys/firmware/fdt 2>/dev/null | gzip -c | base64
        echo "### END"
        poweroff -f

        """;

    /// <returns>False when the text is not complete.</returns>
    /// <exception cref="DiagnosticException">KB7001, KB7003: it is complete, and damaged.</exception>
    public static bool TryRead(IReadOnlyList<string> console, [NotNullWhen(true)] out Capture? capture)
    {
        capture = null;
        var lines = console.Select(line => line.TrimEnd('\r')).ToArray();
        if (lines.FirstOrDefault(line => line.StartsWith("### KERNEL ", StringComparison.Ordinal))?["### KERNEL ".Length..] is not { } release || !lines.Contains("### END"))
        {
            return false;
        }

        var base64 = string.Concat(lines.SkipWhile(line => line != "### CAPTURE").Skip(1).TakeWhile(line => line != "### END"));
        using var tar = new MemoryStream();
        try
        {
            using var gzip = new GZipStream(new MemoryStream(Convert.FromBase64String(base64)), CompressionMode.Decompress);
            gzip.CopyTo(tar);
        }
        catch (Exception exception) when (exception is FormatException or InvalidDataException)
        {
            return false;
        }

        if (!CaptureReader.TryRead(tar.ToArray(), out capture, out var error))
        {
            throw new DiagnosticException(error);
        }

        // what a driver of the host had taken before is what the order of binding, and the viability of groups, depend on
        var booted = lines
            .Where(line => line.StartsWith("B ", StringComparison.Ordinal))
            .Select(line => line.Split(' '))
            .Where(words => words.Length == 3)
            .ToLookup(words => words[1], words => words[2], StringComparer.Ordinal);
        capture = capture with
        {
            Kernel = release,
            Functions =
            [
                .. capture.Functions.Select(function =>
                    function with { Driver = booted[function.Address.ToString()].FirstOrDefault() ?? function.Driver }),
            ],
        };
        return true;
    }
}
