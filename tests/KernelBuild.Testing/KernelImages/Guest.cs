using System.Diagnostics;
using System.Text;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;

namespace KernelBuild.Testing.KernelImages;

/// <summary>A kernel booted under QEMU with the busybox of our own boot.img and a script; what it prints to the serial line.</summary>
public static class Guest
{
    private const string Head = """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        export PATH=/bin
        mount -t proc proc /proc
        mount -t sysfs sysfs /sys
        echo 1 > /proc/sys/kernel/printk
        echo 0 > /proc/sys/kernel/kptr_restrict 2>/dev/null

        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <summary>What the script printed, line by line.</summary>
    /// <param name="kernel">An Image.</param>
    /// <param name="script">For busybox's shell.</param>
    /// <param name="commandLine">Beyond the console.</param>
    /// <param name="machine">QEMU's -M.</param>
    /// <param name="devices">QEMU's -device options.</param>
    public static string[] Run(
        byte[] kernel, string script, string commandLine, string machine = "virt,gic-version=3", params string[] devices) =>
        Run(kernel, script, commandLine, [], machine, devices);

    /// <summary>The same with files in the ramdisk.</summary>
    public static string[] Run(
        byte[] kernel, string script, string commandLine, IEnumerable<RamdiskEntry> files, string machine = "virt,gic-version=3",
        params string[] devices)
    {
        var folder = Directory.CreateTempSubdirectory("kernelbuild-guest-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, "Image"), kernel);
            File.WriteAllBytes(Path.Combine(folder, "ramdisk"), Ramdisk(Head + script + "\necho '### END'\npoweroff -f\n", files));
            string[] arguments =
            [
                "-M", machine, "-cpu", "cortex-a57", "-m", "1G", "-smp", "2", "-nodefaults", "-display", "none", "-monitor", "none",
                "-no-reboot", "-nic", "none",
                "-serial", "stdio", "-kernel", Path.Combine(folder, "Image"), "-initrd", Path.Combine(folder, "ramdisk"), "-append",
                "console=ttyAMA0 quiet " + commandLine, .. devices,
            ];
            var lines = Console(arguments);
            lines.ShouldContain("### END", $"the guest said: {string.Join(" | ", lines.TakeLast(5))}");
            return lines;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>/proc/kallsyms without the lines of modules, byte for byte.</summary>
    public static byte[] Kallsyms(byte[] kernel)
    {
        var lines = Run(kernel, "grep -v '\\[' /proc/kallsyms | gzip -9 > /k.gz\nuuencode -m /k.gz k", "nokaslr");
        var start = Array.FindIndex(lines, line => line.StartsWith("begin-base64", StringComparison.Ordinal)) + 1;
        var end = Array.IndexOf(lines, "====", start);
        var stored = Convert.FromBase64String(string.Concat(lines[start..end]));
        Gzip.TryDecompress(stored, out var data, out var error).ShouldBeTrue(error?.ToString());
        return data!.Content.ToArray();
    }

    private static string[] Console(string[] arguments)
    {
        var start = new ProcessStartInfo("qemu-system-aarch64", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var qemu = Process.Start(start)!;
        using var timeout = new Timer(_ => qemu.Kill(), null, Patience, Timeout.InfiniteTimeSpan);
        var errors = qemu.StandardError.ReadToEndAsync();
        var output = qemu.StandardOutput.ReadToEnd();
        qemu.WaitForExit();
        errors.GetAwaiter().GetResult();
        return output.Replace("\r", "", StringComparison.Ordinal).Split('\n');
    }

    /// <summary>That of our own boot.img, or Debian's, where it was fetched.</summary>
    private static ReadOnlyMemory<byte> Busybox()
    {
        if (!OwnKernel.IsThere)
        {
            return File.ReadAllBytes(DebianKernels.Busybox);
        }

        var image = BootImage.Read(OwnKernel.Read("boot.img"));
        Decompressor.TryDecompress(image.Ramdisk, out var ramdisk, out var error).ShouldBeTrue(error?.ToString());
        return CpioArchive.Read(ramdisk!.Content).Entries.First(entry => entry.Path == "bin/busybox").Data;
    }

    private static byte[] Ramdisk(string init, IEnumerable<RamdiskEntry> files)
    {
        const UnixFileMode executable = (UnixFileMode)0x1ed;
        return CpioWriter.Write(
        [
            RamdiskEntry.Directory("bin"), RamdiskEntry.Directory("proc"), RamdiskEntry.Directory("sys"), RamdiskEntry.Directory("dev"),
            RamdiskEntry.File("bin/busybox", Busybox(), executable),
            RamdiskEntry.File("init", Encoding.ASCII.GetBytes(init.ReplaceLineEndings("\n")), executable),
            .. files,
        ]);
    }
}
