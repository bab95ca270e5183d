using System.Collections.Immutable;
using KernelBuild.Diagnostics;

namespace KernelBuild.Flashing;

/// <summary>What a flash will do.</summary>
/// <param name="Targets">In order.</param>
/// <param name="Slot">The slot that is written and set active; null without slots.</param>
/// <param name="FormerSlot">The slot that is active now; null without slots.</param>
/// <param name="Trial">Whether boot.img is booted from memory first.</param>
/// <param name="Findings">Errors hinder it.</param>
public sealed record FlashPlan(
    ImmutableArray<FlashTarget> Targets, string? Slot, string? FormerSlot, bool Trial, ImmutableArray<Diagnostic> Findings)
{
    public bool IsHindered => Findings.Any(finding => finding.Severity == DiagnosticSeverity.Error);

    /// <summary>The commands, as one could type them.</summary>
    /// <param name="folder">Where backups go.</param>
    public IEnumerable<string> Commands(Fastboot fastboot, string folder)
    {
        foreach (var target in Targets)
        {
            var file = Path.Combine(folder, target.Partition + ".img");
            switch (target.Backup)
            {
                case BackupSource.Device:
                    yield return fastboot.TextOf("fetch", target.Partition, file);
                    break;
                case BackupSource.Pulled or BackupSource.Stock:
                    yield return $"cp {target.BackupFile} {file}";
                    break;
                default:
                    break;
            }
        }

        if (Trial)
        {
            yield return fastboot.TextOf("boot", Targets.First(target => target.Image.Partition == "boot").Image.File.Path);
        }

        foreach (var target in Targets)
        {
            yield return fastboot.TextOf("flash", target.Partition, target.Image.File.Path);
        }

        if (Slot is not null)
        {
            yield return fastboot.TextOf("set_active", Slot);
        }

        yield return fastboot.TextOf("reboot");
    }
}
