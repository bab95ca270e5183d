using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Flashing;

/// <summary>
/// Tries on a running device whether vfio-pci takes a function, with the rest of its group, and gives everything back. What decides is the
/// group that Linux formed, not the predicted one.
/// </summary>
/// <param name="shell">The device.</param>
/// <param name="root">As <see cref="DeviceIdentity.Root"/>.</param>
/// <param name="capture">Of the device, just now.</param>
public sealed class BindingTrial(IDeviceShell shell, string? root, Capture capture)
{
    /// <param name="function">As the user gave it: 0000:01:00.0.</param>
    /// <returns>Errors when it cannot be handed over, or did not come back; nothing when all went well.</returns>
    /// <exception cref="DiagnosticException">KB9027.</exception>
    public async Task<ImmutableArray<Diagnostic>> RunAsync(string function, CancellationToken cancellationToken)
    {
        if (Members(function, out var refusal) is not { } members)
        {
            return [refusal!];
        }

        if (root is null)
        {
            return
            [
                Diagnostic.Error(
                    DiagnosticCodes.RootMissing, $"{shell.Name} gives no root, and only root gives a function to another driver",
                    "adb root, the root manager's app, or sudo without a password; or leave --function out"),
            ];
        }

        var group = capture.Functions.First(one => one.Address.ToString() == members[0]).Group!.Value;
        var script = BindingScript.Of(members, group);
        var lines = await shell.ShellAsync(DeviceIdentity.AsRoot(root, $"( {script}\n)"), cancellationToken);
        return [.. Judge(members, group, [.. lines.Select(line => line.Split(' ', 3))])];
    }

    /// <summary>The function and those that must go along; null when it may not be handed over.</summary>
    private ImmutableArray<string>? Members(string function, out Diagnostic? refusal)
    {
        refusal = null;
        var found = PciAddress.TryParse(function, out var address) ? capture.Functions.FirstOrDefault(one => one.Address == address) : null;
        if (found is null)
        {
            refusal = Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, $"the device has no PCI function '{function}'",
                $"it has {string.Join(", ", capture.Functions.Select(one => one.Address.ToString()).DefaultIfEmpty("none"))}");
        }
        else if (found.Group is null)
        {
            refusal = Diagnostic.Error(
                DiagnosticCodes.FunctionNotBound, $"{found.Address} is in no IOMMU group, and VFIO takes nothing without one",
                $"see why: kernelbuild iommu explain {found.Address} --capture machine.capture");
        }
        else if (IsBridge(found))
        {
            refusal = Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, $"{found.Address} is a bridge: bridges stay with the host", "name a function behind it");
        }

        if (refusal is not null)
        {
            return null;
        }

        var others = capture.Functions.Where(one => one.Group == found!.Group && one.Address != found.Address && !IsBridge(one)).ToArray();
        string[] used =
        [
            .. others.Where(one => one.Driver is not (null or "vfio-pci" or "pci-stub")).Select(one => $"{one.Address} {one.Driver}"),
            .. capture.Platform.Where(one => one.Group == found!.Group && one.Driver is not null).Select(one => $"{one.Name} {one.Driver}"),
        ];
        if (used.Length > 0)
        {
            refusal = Diagnostic.Error(
                DiagnosticCodes.GroupNotViable,
                $"the IOMMU group of {found!.Address} cannot be given to a guest: {Counted.Of(used.Length, "other device", "other devices")} "
                + "of it has the host's driver",
                $"separate the group: kernelbuild iommu fix {found.Address}") with
            { Details = used };
            return null;
        }

        return [found!.Address.ToString(), .. others.Select(one => one.Address.ToString())];
    }

    private static bool IsBridge(CapturedFunction function) => function.Describe() is { HeaderType: not 0 };

    private static IEnumerable<Diagnostic> Judge(ImmutableArray<string> members, int group, ImmutableArray<string[]> lines)
    {
        var inUse = Of("U").Select(words => $"{words[1]}: {words[2]}").ToArray();
        if (inUse.Length > 0)
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.FunctionInUse, $"the device uses {members[0]} itself, so that its driver was not taken from it",
                "unmount the disk or take the interface down first, or try it on a function that the device does not need") with
            { Details = inUse };
            yield break;
        }

        if (lines.Any(words => words is ["L"]))
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.FunctionNotBound, "the kernel of the device has no vfio-pci, and no module of it",
                "build it with the profile kvm-host, or CONFIG_VFIO_PCI=y");
            yield break;
        }

        foreach (var member in members)
        {
            var (before, during, after) = (DriverOf("O", member), DriverOf("B", member), DriverOf("A", member));
            if (during != "vfio-pci")
            {
                yield return Diagnostic.Error(
                    DiagnosticCodes.FunctionNotBound, $"vfio-pci did not take {member}: its driver was {Shown(during)}",
                    $"see why: kernelbuild iommu explain {member} --capture machine.capture; the kernel's own words are below") with
                { Details = [.. Of("M").Where(words => words[1] == member).Select(words => words[2])] };
            }

            if (before != "vfio-pci" && after != before)
            {
                yield return Diagnostic.Error(
                    DiagnosticCodes.DriverNotRestored, $"{member} did not go back to its driver: before it was {Shown(before)}, and now "
                        + $"{Shown(after)}",
                    before is { Length: > 0 }
                        ? $"on the device, as root: echo {member} > /sys/bus/pci/drivers/{before}/bind; else restart it"
                        : "restart the device");
            }
        }

        if (lines.All(words => words is not ["V", ..]) && members.All(member => DriverOf("B", member) == "vfio-pci"))
        {
            yield return Diagnostic.Error(
                DiagnosticCodes.GroupNotViable, $"vfio-pci took {members[0]}, and VFIO offers no group for it (/dev/vfio/{group} is not there)",
                "without an IOMMU group there is only the unsafe no-IOMMU mode; look at dmesg");
        }

        IEnumerable<string[]> Of(string kind) => lines.Where(words => words.Length == 3 && words[0] == kind);

        // a dash ends every name, so that an empty one is seen
        string? DriverOf(string kind, string member) => Of(kind).LastOrDefault(words => words[1] == member)?[2].TrimEnd('-');
    }

    private static string Shown(string? driver) => driver is null ? "not told" : driver.Length == 0 ? "none" : driver;
}
