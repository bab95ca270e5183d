using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Tables;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel tables IMAGE</c>.</summary>
internal static class KernelTablesCommand
{
    public static Command Create()
    {
        var image = KernelOptions.Image();
        var json = KernelOptions.Json();
        var command = new Command(
            "tables",
            "Shows the tables of a kernel that decide about IOMMU groups: ACS quirks (pci_dev_acs_enabled, pci_dev_enable_acs), DMA alias "
            + "quirks, and the match tables of IOMMU drivers. "
            + "kernelbuild iommu groups --kernel-image IMAGE predicts with them.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel tables boot.img\n"
            + "  kernelbuild kernel tables --json vmlinuz | jq '.acsQuirks | length'")
        {
            image,
            json,
        };
        command.OnRun((result, output, errors) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            kernel.Symbols();
            var tables = RecoveredTables.Of(kernel.Image);
            var findings = new List<Diagnostic>();
            if (tables.IsolationQuirks.IsEmpty)
            {
                findings.Add(Diagnostic.Warning(
                    DiagnosticCodes.TableMissing, "the kernel has no table of ACS quirks (pci_dev_acs_enabled)",
                    "it was built without CONFIG_PCI or CONFIG_PCI_QUIRKS") with { File = kernel.Path });
            }

            if (result.GetValue(json))
            {
                JsonOutput.Write(output, Report(kernel, tables, findings), KernelJson.Default.KernelTablesReport);
                return ExitCode.Done;
            }

            CommandFrame.Warn(findings, errors);
            Write(tables, output);
            return ExitCode.Done;
        });
        return command;
    }

    private static KernelTablesReport Report(InputKernel kernel, RecoveredTables tables, List<Diagnostic> findings) => new(
        kernel.Path,
        [.. tables.IsolationQuirks.Select(entry => new QuirkInfo(
            KernelOptions.Hex(entry.Address), KernelOptions.Id(entry.Vendor), KernelOptions.Id(entry.Device), entry.Handler))],
        [.. tables.AcsModes.Select(entry => new AcsEnableInfo(
            KernelOptions.Hex(entry.Address), KernelOptions.Id(entry.Vendor), KernelOptions.Id(entry.Device), entry.Enable,
            entry.DisableRedirect))],
        [.. tables.DmaAliases.Select(entry => new QuirkInfo(
            KernelOptions.Hex(entry.Address), KernelOptions.Id(entry.Vendor), KernelOptions.Id(entry.Device), entry.Handler))],
        [.. tables.Matches.Select(table => new MatchTableInfo(
            KernelOptions.Hex(table.Address), table.Name, table.Driver, table.Probe, table.Users,
            [.. table.Entries.Select(entry => new MatchInfo(entry.Compatible, entry.Data))]))])
    {
        Findings = [.. findings.Select(FindingInfo.From)],
    };

    private static void Write(RecoveredTables tables, TextWriter output)
    {
        output.WriteLine($"pci_dev_acs_enabled: {Counted.Of(tables.IsolationQuirks.Length, "entry", "entries")}, taken for isolated");
        foreach (var entry in tables.IsolationQuirks)
        {
            output.WriteLine($"  {KernelOptions.Id(entry.Vendor)}:{KernelOptions.Id(entry.Device)} {entry.Handler}");
        }

        output.WriteLine($"pci_dev_enable_acs: {Counted.Of(tables.AcsModes.Length, "entry", "entries")}");
        foreach (var entry in tables.AcsModes)
        {
            output.WriteLine(
                $"  {KernelOptions.Id(entry.Vendor)}:{KernelOptions.Id(entry.Device)} {entry.Enable} {entry.DisableRedirect}".TrimEnd());
        }

        output.WriteLine($"DMA alias quirks: {Counted.Of(tables.DmaAliases.Length, "entry", "entries")}");
        foreach (var entry in tables.DmaAliases)
        {
            output.WriteLine($"  {KernelOptions.Id(entry.Vendor)}:{KernelOptions.Id(entry.Device)} {entry.Handler}");
        }

        foreach (var table in tables.Matches)
        {
            var name = table.Name.Length == 0 ? "of_device_id table at " + KernelOptions.Hex(table.Address) : table.Name;
            var driver = table.Driver.Length == 0
                ? "no driver structure"
                : $"driver {table.Driver}, {(table.Probe.Length == 0 ? "probe unknown" : table.Probe)}";
            var users = table.Users.IsEmpty ? "" : ", used in " + string.Join(' ', table.Users);
            output.WriteLine(Printable.Text($"{name}: {driver}{users}"));
            foreach (var entry in table.Entries)
            {
                output.WriteLine(Printable.Text($"  {entry.Compatible} {entry.Data}".TrimEnd()));
            }
        }
    }
}
