using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Capturing;

namespace KernelBuild.Cli.Iommu;

/// <summary><c>kernelbuild iommu capture</c>.</summary>
internal static class IommuCaptureCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "lspci output or a tar of sysfs, instead of a live machine",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var local = new Option<bool>("--local") { Description = "This machine" };
        var adb = new Option<bool>("--adb") { Description = "The device at adb; as root if su is there" };
        var serial = new Option<string?>("--serial") { Description = "With --adb: which device" };
        var ssh = new Option<string?>("--ssh") { Description = "[USER@]HOST; as root if sudo asks no password" };
        var tree = new Option<string?>("--device-tree")
        {
            Description = "The device tree (.dtb) to put into the capture, where the machine does not give its own",
        };
        var capture = new Option<string>("--output", "-o") { Description = "The capture file to write", Required = true };
        var command = new Command(
            "capture",
            "Reads all that groups depend on from a machine (sysfs only; nothing is changed, lspci is not needed) and writes one portable "
            + "file.\n\n"
            + "Examples:\n"
            + "  kernelbuild iommu capture --adb --output phone.capture\n"
            + "  kernelbuild iommu capture --ssh root@board --output board.capture\n"
            + "  kernelbuild iommu capture lspci.txt --device-tree board.dtb --output board.capture")
        {
            files,
            local,
            adb,
            serial,
            ssh,
            tree,
            capture,
        };
        command.OnRun((result, output, errors) => Run(
            new CaptureSource(
                result.GetValue(files) ?? [], result.GetValue(local), result.GetValue(adb), result.GetValue(serial), result.GetValue(ssh)),
            result.GetValue(tree), result.GetValue(capture)!, output, errors));
        return command;
    }

    private static int Run(CaptureSource source, string? tree, string path, TextWriter output, TextWriter errors)
    {
        if (!source.TryRead(path + ".partial", out var capture, out var error))
        {
            throw new DiagnosticException(error);
        }

        if (tree is not null)
        {
            if (!DeviceTreeFile.TryRead(tree, out var read, out error))
            {
                throw new DiagnosticException(error);
            }

            capture = capture with { DeviceTree = read.ToArray() };
        }

        foreach (var warning in CaptureReader.Check(capture))
        {
            errors.WriteLine(warning);
        }

        if (capture is { DeviceTree.IsEmpty: true, IsAcpi: false })
        {
            errors.WriteLine(Diagnostic.Warning(
                DiagnosticCodes.CaptureInvalid, "the capture has no device tree",
                "capture as root (/sys/firmware/fdt), or give --device-tree FILE"));
        }

        if (!AtomicOutput.TryWrite(path, CaptureFile.Write(capture), out error))
        {
            throw new DiagnosticException(error);
        }

        output.WriteLine(
            $"{path}: {Counted.Of(capture.Functions.Length, "PCI function")}, "
            + $"{(capture.Platform.IsEmpty ? "" : Counted.Of(capture.Platform.Length, "platform device") + " in groups, ")}kernel "
            + $"{(capture.Kernel.Length > 0 ? capture.Kernel : "unknown")}, device tree of {capture.DeviceTree.Length} bytes");
        return ExitCode.Done;
    }
}
