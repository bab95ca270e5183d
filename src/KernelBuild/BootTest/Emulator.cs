using System.Buffers.Binary;
using System.Globalization;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Compression.Codecs;
using KernelBuild.Compression.Memory;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;
using KernelBuild.Manifest;

namespace KernelBuild.BootTest;

/// <summary>
/// Takes kernel and ramdisk back out of a device's boot.img and boots them under QEMU, with the machine that the device states.
/// </summary>
/// <param name="folder">For the files of the boot, and for the console's text.</param>
internal sealed class Emulator(DeviceBuild device, string folder)
{
    /// <summary>
    /// Begins the last line of a panic that "panic=" does not end with a reboot: the processor turns in a loop from there on. What may
    /// stand before it is the time of the message.
    /// </summary>
    /// <remarks>Source: Linux, kernel/panic.c, panic().</remarks>
    private const string EndOfPanic = "---[ end Kernel panic - not syncing: ";

    private const string Panic = "Kernel panic - not syncing: ";

    public string ConsoleFile => Path.Combine(folder, "console.log");

    /// <summary>Of the boot.img that was taken apart.</summary>
    public Sha256Digest ImageDigest { get; private set; }

    /// <summary>What <see cref="BootAsync"/> runs.</summary>
    public Command CommandFor(BootFiles files) => new Command("qemu-system-aarch64").WithArguments(device.Emulation.QemuArguments).WithArguments(
        "-nodefaults", "-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot", "-nic", "none",
        "-kernel", files.Kernel, "-initrd", files.Ramdisk, "-append", $"{files.CommandLine} {device.Emulation.CommandLine}".Trim());

    /// <summary>The emulator's own first line, such as "QEMU emulator version 7.2.22".</summary>
    public static async Task<string> VersionAsync(CancellationToken cancellationToken) =>
        (await new Command("qemu-system-aarch64").WithArguments("--version").ReadAsync(cancellationToken)).Split('\n')[0];

    /// <exception cref="DiagnosticException">KB9009 without a finished build, KB5001 to KB5012 for the image.</exception>
    public async Task<BootFiles> TakeApartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(device.Folders.Artifacts, "boot.img");
        if (!File.Exists(file) || !BuildManifest.IsFinished(device.Folders))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.NothingBuilt, $"there is no finished build of '{device.Variant}'",
                $"./nuke.sh BuildKernel --device {device.Name}"));
        }

        var image = BootImage.Read(await File.ReadAllBytesAsync(file, cancellationToken));
        var vendor = await ReadAsync("vendor_boot.img", cancellationToken) is { } bytes ? VendorBootImage.Read(bytes) : null;
        var initBoot = await ReadAsync("init_boot.img", cancellationToken) is { } init ? BootImage.Read(init) : null;
        if (!Decompressor.TryDecompress(image.Kernel, out var kernel, out var error))
        {
            throw new DiagnosticException(error with { File = file });
        }

        // as a bootloader does it: the vendor's ramdisk, the generic one behind it, bootconfig at the end; command lines one after the other
        byte[] ramdisk = [.. (vendor?.Ramdisk ?? default).Span, .. (initBoot ?? image).Ramdisk.Span];
        var commandLine = $"{vendor?.CommandLine} {image.CommandLine}".Trim();
        ImageDigest = Sha256Digest.OfFile(file);
        var files = new BootFiles(Path.Combine(folder, "Image"), Path.Combine(folder, "ramdisk"), commandLine);
        AtomicFile.Write(files.Kernel, kernel.Content);
        AtomicFile.Write(files.Ramdisk, vendor is { BootConfig.IsEmpty: false } ? WithBootConfig(ramdisk, vendor.BootConfig.Span) : ramdisk);
        return files;
    }

    private async Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var file = Path.Combine(device.Folders.Artifacts, name);
        return File.Exists(file) ? await File.ReadAllBytesAsync(file, cancellationToken) : null;
    }

    /// <summary>Behind the initrd: the text, filled to four bytes, its length and sum as 32-bit little endian numbers, and the magic.</summary>
    /// <remarks>Source: Linux, Documentation/admin-guide/bootconfig.rst, "Boot Kernel With a Boot Config".</remarks>
    private static byte[] WithBootConfig(byte[] ramdisk, ReadOnlySpan<byte> text)
    {
        var filled = new byte[text.Length + Align.Padding(ramdisk.Length + text.Length, sizeof(uint))];
        text.CopyTo(filled);
        uint sum = 0;
        foreach (var value in filled)
        {
            sum += value;
        }

        var numbers = new byte[2 * sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(numbers, (uint)filled.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(numbers.AsSpan(sizeof(uint)), sum);
        return [.. ramdisk, .. filled, .. numbers, .. "#BOOTCONFIG\n"u8];
    }

    /// <summary>The console's lines, to the end of the guest.</summary>
    /// <param name="onLine">Called for each line as it comes; null when nobody wants them.</param>
    /// <exception cref="DiagnosticException">KB9005, KB9006.</exception>
    public async Task<IReadOnlyList<string>> BootAsync(
        BootFiles files, CancellationToken cancellationToken, Action<string>? onLine = null)
    {
        var console = new List<string>();
        using var panicked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var qemu = CommandFor(files) with
        {
            OnOutput = line =>
            {
                console.Add(line);
                onLine?.Invoke(line);
                if (WithoutTime(line).StartsWith(EndOfPanic, StringComparison.Ordinal))
                {
                    // not here: this is the reader of the console
                    _ = panicked.CancelAsync();
                }
            },
            Timeout = TimeSpan.FromSeconds(device.Emulation.TimeoutSeconds),
            CancelGracePeriod = TimeSpan.FromSeconds(2),
        };
        try
        {
            await qemu.RunAsync(panicked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Incomplete("boot", console);
        }
        catch (TimeoutException e)
        {
            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.EmulationTimedOut,
                    string.Create(CultureInfo.InvariantCulture, $"the guest did not power off within {device.Emulation.TimeoutSeconds} s"),
                    "read the console below: a missing driver or a hanging init; the whole of it is in " + ConsoleFile) with
                { Details = [.. console.TakeLast(15)] },
                e);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            throw new DiagnosticException(
                Diagnostic.Error(DiagnosticCodes.EmulationFailed, "QEMU failed", e.Diagnostics[0].Fix) with
                {
                    Details = e.Diagnostics[0].Details,
                }, e);
        }
        finally
        {
            AtomicFile.Write(ConsoleFile, string.Join('\n', console) + "\n");
        }

        return console;
    }

    /// <summary>The kernel's own, "Linux version …"; empty when it said none.</summary>
    public static string Banner(IReadOnlyList<string> console) =>
        console.FirstOrDefault(line => line.Contains("Linux version ", StringComparison.Ordinal)) is { } line
            ? line[line.IndexOf("Linux version ", StringComparison.Ordinal)..].TrimEnd('\r')
            : "";

    /// <summary>A guest that ended without having said all: its kernel panicked, or its init ended early.</summary>
    public DiagnosticException Incomplete(string what, IReadOnlyList<string> console) => new(Diagnostic.Error(
        DiagnosticCodes.EmulationFailed,
        console.Select(WithoutTime).FirstOrDefault(line => line.StartsWith(Panic, StringComparison.Ordinal)) is { } panic
            ? $"the guest's kernel panicked: {panic[Panic.Length..]}"
            : $"the guest ended without a complete {what}",
        "read the console below; the whole of it is in " + ConsoleFile) with
    { Details = [.. console.TakeLast(15)] });

    /// <summary>Without "[    1.234567] ", which CONFIG_PRINTK_TIME puts before a message, and the terminal's carriage return.</summary>
    private static string WithoutTime(string line)
    {
        line = line.TrimEnd('\r');
        return line.StartsWith('[') && line.IndexOf("] ", StringComparison.Ordinal) is > 0 and var at ? line[(at + 2)..] : line;
    }
}
