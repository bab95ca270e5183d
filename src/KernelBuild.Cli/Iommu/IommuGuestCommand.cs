using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Handover;

namespace KernelBuild.Cli.Iommu;

/// <summary><c>kernelbuild iommu guest FUNCTION</c>.</summary>
internal static class IommuGuestCommand
{
    public static Command Create()
    {
        var device = new Argument<string>("FUNCTION") { Description = "A PCI function, as 0000:01:00.0" };
        var kernel = new Option<string?>("--guest-kernel")
        {
            Description = "The guest's kernel, a path on the machine; without it the guest starts from firmware",
        };
        var initrd = new Option<string?>("--guest-initrd") { Description = "The guest's ramdisk, a path on the machine" };
        var memory = new Option<int>("--memory") { Description = "Memory of the guest in MiB", DefaultValueFactory = _ => 2048 };
        var processors = new Option<int>("--cpus") { Description = "Processors of the guest", DefaultValueFactory = _ => 2 };
        var name = new Option<string>("--name") { Description = "Name of the guest in libvirt", DefaultValueFactory = _ => "guest" };
        var withGroup = new Option<bool>("--with-group")
        {
            Description = "Hand over the other devices of the group, too, although the host uses them",
        };
        var libvirt = new Option<bool>("--libvirt") { Description = "Print the domain of libvirt, and nothing else" };
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/guests.md" };
        initrd.Validators.Add(result =>
        {
            if (result.GetValue(kernel) is null)
            {
                result.AddError("--guest-initrd has an effect with --guest-kernel only: firmware finds its own");
            }
        });
        AtLeastOne(memory);
        AtLeastOne(processors);
        libvirt.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<bool>() && result.GetValue(json))
            {
                result.AddError("--libvirt and --json exclude each other: the document has the domain");
            }
        });
        var machine = new MachineOptions();
        var command = new Command(
            "guest",
            "Prints what hands a function to a guest on the captured machine: the commands that bind it and all that must go along to "
            + "vfio-pci, QEMU's command line for that machine, the same as a domain of libvirt, and the commands that give it back. Nothing "
            + "is run. A group that VFIO would refuse is refused, with the drivers that are in the way.\n\n"
            + "Examples:\n"
            + "  kernelbuild iommu guest 0000:01:00.0 --capture phone.capture --guest-kernel Image --guest-initrd guest.cpio\n"
            + "  kernelbuild iommu guest 01:00.0 --capture phone.capture --with-group --libvirt > guest.xml")
        {
            device, kernel, initrd, memory, processors, name, withGroup, libvirt, json,
        };
        machine.AddTo(command);
        command.OnRun((result, output, errors) => Run(
            machine.Of(result), result.GetValue(device)!,
            new GuestSettings
            {
                Name = result.GetValue(name)!,
                Kernel = result.GetValue(kernel),
                Initrd = result.GetValue(initrd),
                MemoryMebibytes = result.GetValue(memory),
                Processors = result.GetValue(processors),
                WithGroup = result.GetValue(withGroup),
            },
            result.GetValue(libvirt), result.GetValue(json), output, errors));
        return command;
    }

    private static void AtLeastOne(Option<int> option) => option.Validators.Add(result =>
    {
        if (!result.Errors.Any() && result.GetValueOrDefault<int>() < 1)
        {
            result.AddError($"{option.Name} must be at least 1");
        }
    });

    private static int Run(
        MachineSource source, string name, GuestSettings settings, bool libvirt, bool json, TextWriter output, TextWriter errors)
    {
        if (!Machine.TryRead(source, out var machine, out var error)
            || !DeviceName.TryFind(machine.Predict(), name, out var decision, out error))
        {
            throw new DiagnosticException(error);
        }

        var plan = GuestPlanner.Plan(machine.Predict(), decision.Device, machine.Tree, machine.Options, settings);
        if (json)
        {
            JsonOutput.Write(
                output,
                GuestReport.From(plan) with { Findings = [.. plan.Findings.Concat(machine.Warnings).Select(FindingInfo.From)] },
                IommuJson.Default.GuestReport);
            return plan.IsRefused ? ExitCode.Findings : ExitCode.Done;
        }

        CommandFrame.Warn(machine.Warnings, errors);
        CommandFrame.Warn(plan.Findings, errors);
        if (plan.IsRefused)
        {
            return ExitCode.Findings;
        }

        if (libvirt)
        {
            output.Write(plan.Libvirt);
            return ExitCode.Done;
        }

        Write(plan, output);
        return ExitCode.Done;
    }

    /// <summary>A shell script, with what is not shell as comments.</summary>
    private static void Write(GuestPlan plan, TextWriter output)
    {
        foreach (var note in plan.Notes)
        {
            output.WriteLine("# " + note);
        }

        output.WriteLine("\n# as root: to vfio-pci\nset -e\nmodprobe -a vfio-pci 2>/dev/null || true");
        foreach (var line in plan.Bind)
        {
            output.WriteLine(line);
        }

        output.WriteLine("\n# the guest");
        output.WriteLine(string.Join(" \\\n  ", plan.Emulator));
        output.WriteLine("\n# back to the host");
        foreach (var line in plan.Unbind)
        {
            output.WriteLine(line);
        }
    }
}
