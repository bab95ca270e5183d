using System.Collections.Immutable;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;
using KernelBuild.Manifest;

namespace KernelBuild.Flashing;

/// <summary>
/// Puts a build onto a device: reads what the device is, compares it with the project, saves what will be overwritten, tries the kernel
/// from
/// memory where that is possible, writes, and switches the slot. A run that was cut off is gone on with by the same command.
/// </summary>
/// <param name="device">The project.</param>
/// <param name="build">What is put onto the device.</param>
/// <param name="options">What the user said.</param>
/// <param name="clock">For the journal.</param>
/// <param name="log">Where it says what it does.</param>
public sealed class FlashRun(DeviceBuild device, FinishedBuild build, FlashOptions options, TimeProvider clock, IBuildLog log)
{
    private readonly BackupFolder _backups = BackupFolder.Of(device.ProjectFile);

    /// <summary>The device and what it was found to be; set when <see cref="RunAsync"/> has come so far.</summary>
    public FastbootVariables Variables { get; private set; } = FastbootVariables.Empty;

    /// <returns>The commands, which were run with <see cref="FlashOptions.Yes"/> and else only printed.</returns>
    /// <exception cref="DiagnosticException">
    /// KB9009 without a build; KB9020 and KB9021 without a device; KB9022 to KB9026, KB9034, KB5025 and those of images when it may not
    /// be; KB9027 to KB9032 when it broke off.
    /// </exception>
    public async Task<ImmutableArray<string>> RunAsync(CancellationToken cancellationToken)
    {
        var images = FlashImages.Of(device, build);
        var fastboot = await new DeviceFinder(options.Timing).FastbootAsync(options.Serial, cancellationToken);
        var session = new DeviceSession(fastboot, log);
        Variables = await session.ReadVariablesAsync(
            FlashPlanner.NeededVariables(images.Select(image => image.Partition)), cancellationToken);
        Describe();
        var journal = _backups.SessionsOf(Variables.Product ?? "", Variables.SerialNumber).LastOrDefault(one => !one.IsRolledBack);
        var plan = new FlashPlanner(device, Variables, options, journal, PulledFile(journal)).Plan(images);
        Refuse([.. plan.Findings, .. CheckImages(plan, journal)]);
        var open = journal is { IsFinished: false } ? journal : null;
        if (open is not null && open.Header.Slot != plan.Slot)
        {
            throw OtherSlot(open);
        }

        ImmutableArray<string> commands = [.. plan.Commands(fastboot, open?.Folder ?? Path.Combine(_backups.Path, "…"))];
        if (!options.Yes)
        {
            return commands;
        }

        open ??= _backups.Begin(new JournalHeader(
            JournalHeader.CurrentVersion, device.Name, Variables.Product!, Variables.SerialNumber, plan.Slot, plan.FormerSlot));
        await ApplyAsync(open, plan, fastboot, session, cancellationToken);
        return commands;
    }

    private async Task ApplyAsync(
        FlashJournal journal, FlashPlan plan, Fastboot fastboot, DeviceSession session, CancellationToken cancellationToken)
    {
        var backup = new PartitionBackup(fastboot, clock, log);
        foreach (var target in plan.Targets)
        {
            journal = await backup.SaveAsync(journal, target, cancellationToken);
        }

        // what was read from the device is what the images take the place of
        Refuse(CheckImages(plan, journal));
        if (plan.Trial)
        {
            var image = plan.Targets.First(target => target.Image.Partition == "boot").Image;
            var system = new BootedSystem(fastboot, options, build.Kernel, Variables.SerialNumber, clock, log);
            journal = await new TrialBoot(fastboot, system, clock, log).RunAsync(journal, image, cancellationToken);
        }

        foreach (var target in plan.Targets.Where(target => !journal.Holds(target.Partition, target.Image.File.Sha256)))
        {
            var entry = Entry(JournalAction.Flash) with
            {
                Partition = target.Partition, File = target.Image.File.Path, Sha256 = target.Image.File.Sha256,
                Size = target.Image.File.Size,
            };
            journal = journal.With(entry);
            await session.FlashAsync(target.Partition, target.Image.File.Path, Variables, cancellationToken);
            journal = journal.With(entry with { State = JournalState.Done, Time = Now });
        }

        if (plan.Slot is { } slot)
        {
            var entry = Entry(JournalAction.SetActive) with { Slot = slot };
            journal = journal.With(entry);
            log.Status(fastboot.TextOf("set_active", slot));
            await fastboot.SetActiveAsync(slot, cancellationToken);
            journal = journal.With(entry with { State = JournalState.Done, Time = Now });
        }

        journal = journal.With(Entry(JournalAction.Finish) with { State = JournalState.Done });
        log.Status($"the journal and the backups are in {journal.Folder}");
        log.Status(fastboot.TextOf("reboot"));
        await fastboot.RebootAsync(cancellationToken);
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private JournalEntry Entry(JournalAction action) => new(action, JournalState.Begun) { Time = Now };

    /// <summary>
    /// What PullStock read off this very device. Once the partition was flashed and not taken back, what was pulled before is not what it
    /// holds, and what is pulled afterwards is: only files that are newer than the flash count.
    /// </summary>
    private Func<string, string?> PulledFile(FlashJournal? journal)
    {
        var all = PulledImages.Of(_backups);
        return partition => PulledImages.Newest(all, Variables.SerialNumber, partition) is var (pulled, file)
            && !(journal?.Touched.Contains(partition) == true && pulled.Time < journal.Entries[^1].Time)
            ? file
            : null;
    }

    /// <summary>
    /// Against the backup of the session, which is what the device held, else against the stock image that the project names.
    /// </summary>
    private IReadOnlyList<Diagnostic> CheckImages(FlashPlan plan, FlashJournal? journal)
    {
        var before = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var target in plan.Targets)
        {
            if (journal is { IsFinished: false } && journal.SavedOf(target.Partition)?.File is { } saved)
            {
                before[target.Partition] = Path.Combine(journal.Folder, saved);
            }
            else if ((target.BackupFile ?? target.Image.Stock) is { } stock)
            {
                before[target.Partition] = stock;
            }
        }

        return
        [
            .. FlashImageCheck.Check(plan.Targets, before, Variables.IsUnlocked == false), .. CheckVbmeta(plan, PulledFile(journal)),
        ];
    }

    /// <summary>By the vbmeta.img that goes along, else by the device's own.</summary>
    private IEnumerable<Diagnostic> CheckVbmeta(FlashPlan plan, Func<string, string?> pulledFile)
    {
        var made = plan.Targets.FirstOrDefault(target => target.Image.Partition == "vbmeta")?.Image.File.Path;
        string[] partitions = plan.Slot is null ? ["vbmeta"] : ["vbmeta_" + plan.Slot, "vbmeta"];
        if ((made ?? partitions.Select(pulledFile).FirstOrDefault(file => file is not null)) is { } vbmeta)
        {
            return StockVbmetaCheck.Check(plan.Targets, vbmeta, Variables.IsUnlocked == false, device.Name);
        }

        // a device that tells the sizes of its partitions, and none of vbmeta, has none
        return partitions.Any(partition => Variables.SizeOf(partition) is not null)
            ? [StockVbmetaCheck.Unknown("it was not read off the device", device.Name)]
            : [];
    }

    /// <summary>Says every finding once, and throws when one hinders.</summary>
    private void Refuse(IReadOnlyList<Diagnostic> findings)
    {
        if (findings.Any(finding => finding.Severity == DiagnosticSeverity.Error))
        {
            throw new DiagnosticException([.. findings]);
        }

        foreach (var finding in findings.Where(finding => _said.Add(finding.ToString())))
        {
            log.Report(finding);
        }
    }

    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    private void Describe()
    {
        log.Status(
            $"product {Variables.Product ?? "unknown"}, serial number "
            + $"{(Variables.SerialNumber.Length > 0 ? Variables.SerialNumber : "unknown")}, "
            + $"slot {Variables.CurrentSlot ?? (Variables.HasSlots ? "unknown" : "none")}, "
            + $"{Variables.IsUnlocked switch { true => "unlocked", false => "locked", null => "lock state unknown" }}, "
            + $"{(Variables.CanFetch ? "gives partitions out (fetch)" : "gives no partitions out")}");
        foreach (var line in Variables.VerifiedBoot)
        {
            log.Status(line);
        }
    }

    private static DiagnosticException OtherSlot(FlashJournal open) => new(Diagnostic.Error(
        DiagnosticCodes.UsageInvalid,
        $"a flash of slot {open.Header.Slot ?? "none"} was cut off, and this one is of another slot",
        $"go on with it (leave --slot out), or take it back: ./nuke.sh Rollback --device {open.Header.Device}") with
    { File = open.File });
}
