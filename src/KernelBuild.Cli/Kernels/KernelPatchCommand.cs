using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.KernelImages.Patching;
using KernelBuild.KernelImages.Tables;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel patch IMAGE …</c>.</summary>
internal static class KernelPatchCommand
{
    private static readonly Option<string[]> Bytes = new("--bytes")
    {
        Description = "OFFSET:OLD:NEW, offset in the uncompressed kernel, bytes in hex: 0x1110278:cb170004:361b0c00",
        AllowMultipleArgumentsPerToken = false,
    };
    private static readonly Option<string?> Apply = Arguments.Text(
        "--apply", "A file of patches, such as an undo file: a line each, offset, old bytes, new bytes");
    private static readonly Option<string[]> Quirk = new("--acs-quirk")
    {
        Description = "VVVV:DDDD, a PCI device that the kernel shall treat as isolated: it replaces the ACS quirk of another device",
    };
    private static readonly Option<string?> Replace = Arguments.Text(
        "--replace", "VVVV:DDDD, which entry --acs-quirk replaces; chosen automatically when left out");

    public static Command Create()
    {
        var image = KernelOptions.Image();
        var target = new OutputOptions();
        var undo = Arguments.Text("--undo", "Where to write the patch that reverts it; the output's name with .undo otherwise");
        var json = KernelOptions.Json();
        var command = new Command(
            "patch",
            "Replaces bytes of a kernel: the old bytes are compared first, and nothing is written unless all are as expected. A "
            + "boot image is packed again, read back and verified. "
            + "With --acs-quirk the stock kernel treats a device as isolated, without a rebuild: isolation asserted, not enforced.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel patch boot.img --acs-quirk 1b36:000c -o patched.img\n"
            + "  kernelbuild kernel patch vmlinuz --bytes 0x1110278:cb170004:361b0c00 -o patched\n"
            + "  kernelbuild kernel patch patched.img --apply patched.img.undo --in-place")
        {
            image,
            Bytes,
            Apply,
            Quirk,
            Replace,
            undo,
            json,
        };
        target.AddTo(command);
        command.OnRun((result, output, _) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            var place = target.Of(result, kernel.Path);
            var findings = new List<Diagnostic>();
            ImmutableArray<BytePatch> patches;
            try
            {
                patches = Patches(result, kernel, findings);
            }
            catch (DiagnosticException exception)
            {
                throw new DiagnosticException([.. exception.Diagnostics.Select(error =>
                    error.File is null ? error with { File = kernel.Path } : error)]);
            }

            var path = place.Path;
            var undoPath = result.GetValue(undo) ?? path + ".undo";
            if (result.GetValue(undo) is null)
            {
                // the patch that is applied may be that of the last time, which this one takes back
                ReadFiles.Release(undoPath);
            }

            PatchedKernel.Write(kernel, patches, place);
            OutputFile.Write(
                undoPath,
                Encoding.UTF8.GetBytes(PatchText.Write(
                    patches.Select(patch => patch.Reversed()),
                    $"reverts a patch of {Path.GetFileName(kernel.Path)}\nkernelbuild kernel patch {Path.GetFileName(path)} --apply "
                    + $"{Path.GetFileName(undoPath)} --in-place")));
            Report(new KernelPatchReport(
                kernel.Path, path, undoPath,
                [.. patches.Select(patch => new PatchInfo(
                    patch.Offset, Convert.ToHexStringLower(patch.Old.AsSpan()), Convert.ToHexStringLower(patch.New.AsSpan())))])
            {
                Findings = [.. findings.Select(FindingInfo.From)],
            }, findings, result.GetValue(json), output);
            return ExitCode.Done;
        });
        return command;
    }

    private static ImmutableArray<BytePatch> Patches(ParseResult result, InputKernel kernel, List<Diagnostic> findings)
    {
        var patches = ImmutableArray.CreateBuilder<BytePatch>();
        foreach (var text in result.GetValue(Bytes) ?? [])
        {
            patches.Add(
                PatchText.Parse(text.Split(':'))
                    ?? throw CommandFrame.Usage(
                        $"--bytes takes OFFSET:OLD:NEW, not '{text}'", "write the offset with 0x, and as many new bytes as old ones"));
        }

        if (result.GetValue(Apply) is { } file)
        {
            try
            {
                patches.AddRange(PatchText.Read(Encoding.UTF8.GetString(InputFile.Read(file).Span)));
            }
            catch (DiagnosticException exception)
            {
                throw new DiagnosticException([.. exception.Diagnostics.Select(error => error with { File = error.File ?? file })]);
            }
        }

        var given = (result.GetValue(Quirk) ?? []).Select(text => Ids("--acs-quirk", text)).ToArray();
        if (given.Length > 0)
        {
            kernel.Symbols();
            AddQuirks(given, result.GetValue(Replace) is { } replace ? Ids("--replace", replace) : null, kernel, patches, findings);
        }

        return patches.Count > 0
            ? patches.ToImmutable()
            : throw CommandFrame.Usage("nothing to patch is given", "give --acs-quirk, --bytes or --apply");
    }

    private static void AddQuirks(
        (ushort Vendor, ushort Device)[] given, (ushort Vendor, ushort Device)? replace, InputKernel kernel,
        ImmutableArray<BytePatch>.Builder patches, List<Diagnostic> findings)
    {
        var tables = RecoveredTables.Of(kernel.Image);
        foreach (var (vendor, device) in given)
        {
            var quirk = IsolationQuirkPatch.For(kernel.Image, tables, vendor, device, replace);
            patches.Add(quirk.Patch);

            // an entry can be given up once
            tables = tables with { IsolationQuirks = tables.IsolationQuirks.Remove(quirk.Replaced) };
            findings.Add(Diagnostic.Note(
                DiagnosticCodes.PatchOnlyAsserts,
                $"isolation asserted, not enforced: {KernelOptions.Id(vendor)}:{KernelOptions.Id(device)} replaces the entry of "
                + $"{KernelOptions.Id(quirk.Replaced.Vendor)}:{KernelOptions.Id(quirk.Replaced.Device)} ({quirk.Replaced.Handler})") with
            {
                Consequence =
                    "the kernel puts such devices into groups of their own even if the hardware does not isolate them; the replaced device "
                    + "loses its entry",
            });
        }
    }

    /// <exception cref="DiagnosticException">KB9010.</exception>
    private static (ushort Vendor, ushort Device) Ids(string option, string text) =>
        text.Split(':') is [var vendor, var device]
        && ushort.TryParse(vendor, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var vendorId)
        && ushort.TryParse(device, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var deviceId)
            ? (vendorId, deviceId)
            : throw CommandFrame.Usage($"{option} takes VVVV:DDDD, not '{text}'", "write both ids in hex, as lspci -n does: 1b36:000c");

    private static void Report(KernelPatchReport report, List<Diagnostic> findings, bool json, TextWriter output)
    {
        if (json)
        {
            JsonOutput.Write(output, report, KernelJson.Default.KernelPatchReport);
            return;
        }

        output.WriteLine(Printable.Text(
            $"{report.Output}: {Counted.Of(report.Patches.Count, "patch", "patches")}, read back and verified; {report.Undo} reverts it"));
        foreach (var patch in report.Patches)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  0x{patch.Offset:x}: {patch.Old} -> {patch.New}"));
        }

        findings.ForEach(finding => FindingText.Write(finding, output));
    }
}
