using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KernelBuild.Attestation;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootTest;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Passthrough;

/// <summary>
/// The proof of passthrough: boots boot.img under QEMU as a machine that runs guests, gives each chosen PCI function to a guest of its
/// own through VFIO and KVM, and looks at what the guest can do with it and whether its DMA can leave the guest's memory. The products
/// are not changed: all that is added comes as a second ramdisk behind the product's own.
/// </summary>
public sealed class PassthroughRun(DeviceBuild device, CacheFolder cache, IBuildLog log)
{
    private const int GuestSeconds = 60;

    /// <summary>Of a disk, written by the guest: 32 blocks of 64 KiB.</summary>
    private const int PatternBytes = 2 << 20;

    private string Folder => Path.Combine(device.Folders.Artifacts, BootReports.Passthrough);

    /// <summary>--offline: the guest's emulator comes from the cache, or not at all.</summary>
    public bool Offline { get; init; }

    /// <param name="functions">Addresses of PCI functions, as Linux enumerates them; those of the project when empty.</param>
    /// <exception cref="DiagnosticException">
    /// KB9010 without a function, KB9015 for a kernel that cannot run guests, KB5001 to KB5012 for the image, KB9005, KB9006 and KB9009 for
    /// the boot. What the proof itself finds is in the result.
    /// </exception>
    public Task<PassthroughResult> RunAsync(ImmutableArray<string> functions, CancellationToken cancellationToken) =>
        Attestations.SealedAsync(device, () => ProveAsync(functions, cancellationToken));

    private async Task<PassthroughResult> ProveAsync(ImmutableArray<string> functions, CancellationToken cancellationToken)
    {
        functions = Chosen(functions);
        Directory.CreateDirectory(Folder);
        File.Delete(Path.Combine(Folder, "result.json"));
        var machine = ProofMachine.Of([.. device.Emulation.QemuArguments, .. device.Emulation.PassthroughArguments], Folder);
        var seconds = Math.Max(device.Emulation.TimeoutSeconds, 60 + (functions.Length * GuestSeconds));
        var booted = device with
        {
            Emulation = device.Emulation with { QemuArguments = machine.Arguments, TimeoutSeconds = seconds },
        };
        var emulator = new Emulator(booted, Folder);
        var files = await emulator.TakeApartAsync(cancellationToken);
        if (HostKernelOptions.Missing(Path.Combine(device.Folders.Artifacts, "config")) is { } missing)
        {
            throw new DiagnosticException(missing);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<ControlResult>? control = null;
        try
        {
            machine.CreateFiles();
            var pattern = WritePattern(machine);
            var programs = await GuestPrograms.CompileAsync(machine.Outside, Folder, cancellationToken);
            await GroupReport.AppendAsync(
                files.Ramdisk, await EntriesAsync(files, programs, functions, cancellationToken), cancellationToken);
            files = files with
            {
                CommandLine = $"{files.CommandLine} {machine.CommandLine} rdinit=/{GuestEmulator.Root}/{ProofScripts.Init}".Trim(),
            };
            log.Status($"booting {Path.Combine(device.Folders.Artifacts, "boot.img")} under QEMU, with guests of its own");
            control = new IsolationControl(machine, Folder).RunAsync(stop.Token);
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var (console, death) = await BootAsync(emulator, files, functions.Length, cancellationToken);
            if (death is not null && IsIntact(machine, pattern))
            {
                throw new DiagnosticException(death);
            }

            var result = Judge(console, machine, pattern, await control, files.CommandLine, watch.Elapsed.TotalSeconds);
            if (death is not null)
            {
                result = WithDeath(result, functions, death);
            }

            return Write(result with { Emulator = await Emulator.VersionAsync(cancellationToken) }, console);
        }
        finally
        {
            if (control is not null)
            {
                // a machine that failed leaves no other one running
                await stop.CancelAsync();
                await ((Task)control).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            foreach (var file in (string[])[machine.MemoryFile, .. machine.Disks, files.Ramdisk, files.Kernel])
            {
                File.Delete(file);
            }
        }
    }

    private ImmutableArray<string> Chosen(ImmutableArray<string> functions)
    {
        var chosen = functions.IsEmpty ? device.Emulation.PassthroughFunctions : functions;
        if (chosen.IsEmpty)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, $"neither the command nor the project of '{device.Name}' names a PCI function to hand over",
                "--function 0000:01:00.0, or <PassthroughFunction Include=\"0000:01:00.0\" /> in the project; ./nuke.sh IommuReport "
                    + "lists them"));
        }

        foreach (var function in chosen)
        {
            if (!Iommu.Topology.PciAddress.TryParse(function, out var address) || address.ToString() != function)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.UsageInvalid, $"'{function}' is no address of a PCI function", "write it as sysfs does: 0000:01:00.0"));
            }
        }

        return [.. chosen.Distinct(StringComparer.Ordinal)];
    }

    private async Task<ImmutableArray<RamdiskEntry>> EntriesAsync(
        BootFiles files, GuestPrograms programs, ImmutableArray<string> functions, CancellationToken cancellationToken)
    {
        var emulator = new GuestEmulator(cache, log) { Offline = Offline };
        var tools = await emulator.ReadAsync(cancellationToken);
        RamdiskEntry Ours(string name, ReadOnlyMemory<byte> content) =>
            RamdiskEntry.File(GuestEmulator.Root + "/" + name, content, GuestEmulator.Executable);
        return
        [
            .. tools,
            Ours(ProofScripts.Init, Encoding.ASCII.GetBytes(ProofScripts.OfMachine(functions, GuestSeconds))),
            Ours(ProofScripts.Guest, GuestRamdisk(emulator)),
            Ours(ProofScripts.GuestKernel, await File.ReadAllBytesAsync(files.Kernel, cancellationToken)),
            Ours(ProofScripts.DmaGuest, programs.DmaGuest),
            Ours(ProofScripts.VfioStatus, programs.VfioStatus),
        ];
    }

    /// <summary>The guest's: a busybox and an init that uses what it finds.</summary>
    internal static byte[] GuestRamdisk(GuestEmulator emulator) => CpioWriter.Write(
    [
        .. ((string[])["bin", "proc", "sys", "dev"]).Select(name => RamdiskEntry.Directory(name)),
        RamdiskEntry.File("init", Encoding.ASCII.GetBytes(ProofScripts.OfGuest), GuestEmulator.Executable), emulator.BusyboxAt("busybox"),
    ]);

    /// <summary>
    /// The console, and why it is not complete: DMA that nothing translates may hit the machine's own kernel, and what it changed in the
    /// memory is then all that there is to be seen.
    /// </summary>
    private async Task<(IReadOnlyList<string> Console, Diagnostic? Death)> BootAsync(
        Emulator emulator, BootFiles files, int count, CancellationToken cancellationToken)
    {
        var done = 0;
        var console = new List<string>();
        try
        {
            await emulator.BootAsync(files, cancellationToken, line =>
            {
                console.Add(line);
                if (line.StartsWith("### P ", StringComparison.Ordinal) && line.Split(' ') is [_, _, var function, var what, ..])
                {
                    done += what.TrimEnd('\r') is "end" or "absent" ? 1 : 0;
                    log.Progress($"proving {function}", (double)done / count);
                }
            });
        }
        catch (DiagnosticException e) when (e.Diagnostics is [{ Code: DiagnosticCodes.EmulationTimedOut or DiagnosticCodes.EmulationFailed } death])
        {
            return (console, death);
        }

        return (console, ProofConsole.Read(console).IsComplete
            ? null
            : emulator.Incomplete("proof of passthrough", console).Diagnostics[0]);
    }

    /// <summary>The function that the machine died with, and those that it did not come to, have the death among their findings.</summary>
    internal static PassthroughResult WithDeath(PassthroughResult result, ImmutableArray<string> functions, Diagnostic death)
    {
        var reached = result.Functions.Select(proof => proof.Function).ToImmutableArray();
        var last = reached.IsEmpty ? null : reached[^1];
        return result with
        {
            Functions =
            [
                .. result.Functions.Select(proof =>
                    proof.Function == last ? proof with { Findings = [.. proof.Findings, death] } : proof),
                .. functions.Except(reached, StringComparer.Ordinal).Select(function => new FunctionProof(function)
                {
                    IsolationReason = "the machine did not come to it",
                    Findings = [death with { Message = $"{function} was not tried: {death.Message}" }],
                }),
            ],
        };
    }

    /// <summary>What no other memory holds, into the part of the memory that nobody may touch.</summary>
    private static byte[] WritePattern(ProofMachine machine)
    {
        var pattern = RandomNumberGenerator.GetBytes(64 << 10);
        using var memory = new FileStream(machine.MemoryFile, FileMode.Open, FileAccess.Write);
        memory.Position = (long)(machine.Outside - ProofMachine.MemoryBase);
        memory.Write(pattern);
        return pattern;
    }

    private PassthroughResult Judge(
        IReadOnlyList<string> console, ProofMachine machine, byte[] pattern, ControlResult control, string commandLine, double seconds)
    {
        var read = ProofConsole.Read(console);
        var judge = new ProofJudge(
            read.Has, AssertedBy(commandLine), control, IsIntact(machine, pattern),
            machine.HasOtherDisks ? [] : [.. machine.Disks.Select(DigestOf)]);
        return new PassthroughResult
        {
            Device = device.Name,
            WithoutPatches = device.WithoutPatches,
            Kernel = Emulator.Banner(console),
            BootImage = DigestOfAll(Path.Combine(device.Folders.Artifacts, "boot.img")),
            Emulator = "",
            GuestEmulator = read.Emulator,
            Seconds = Math.Round(seconds, 1),
            Functions = [.. read.Functions.Select(judge.Judge)],
            Groups = [],
            Control = control,
        };
    }

    /// <summary>The groups as Linux formed them, the page with their reasons, and the documents.</summary>
    private PassthroughResult Write(PassthroughResult result, IReadOnlyList<string> console)
    {
        string? groupsPage = null;
        if (GuestCapture.TryRead(console, out var capture))
        {
            groupsPage = Path.GetFileName(GroupReport.Explain(device.Variant, capture, Folder).Page);
            result = result with
            {
                Groups =
                [
                    .. capture.Functions.Where(function => function.Group is not null).GroupBy(function => function.Group)
                        .Select(group => group.Select(function => function.Address.ToString()).Order(StringComparer.Ordinal))
                        .Select(group => group.ToImmutableArray())
                        .OrderBy(group => group[0], StringComparer.Ordinal),
                ],
            };
        }

        result = result with
        {
            GroupsWithoutPatches = device.WithoutPatches ? null : Earlier(),
            Page = Path.Combine(Folder, "proof.html"),
        };
        AtomicFile.Write(
            Path.Combine(Folder, "result.json"), JsonSerializer.Serialize(result, PassthroughJson.Readable.PassthroughResult) + "\n");
        AtomicFile.Write(result.Page, ProofPage.Write(result, groupsPage));
        return result;
    }

    private ImmutableArray<ImmutableArray<string>>? Earlier()
    {
        var file = Path.Combine((device with { WithoutPatches = true }).Folders.Artifacts, BootReports.Passthrough, "result.json");
        try
        {
            return File.Exists(file)
                ? JsonSerializer.Deserialize(File.ReadAllText(file), PassthroughJson.Readable.PassthroughResult)?.Groups
                : null;
        }
        catch (JsonException)
        {
            // of another version: as if it were not there
            return null;
        }
    }

    private static string AssertedBy(string commandLine) => string.Join(' ', commandLine.Split(' ').Where(option =>
        option.StartsWith("pcie_acs_override=", StringComparison.Ordinal)
        || (option.StartsWith("pci=", StringComparison.Ordinal) && option.Contains("config_acs=", StringComparison.Ordinal))));

    private static bool IsIntact(ProofMachine machine, byte[] pattern)
    {
        var now = new byte[pattern.Length];
        using var memory = File.OpenRead(machine.MemoryFile);
        memory.Position = (long)(machine.Outside - ProofMachine.MemoryBase);
        memory.ReadExactly(now);
        return now.AsSpan().SequenceEqual(pattern);
    }

    private static string DigestOf(string disk)
    {
        var content = new byte[PatternBytes];
        using var file = File.OpenRead(disk);
        file.ReadExactly(content);
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }

    private static string DigestOfAll(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
