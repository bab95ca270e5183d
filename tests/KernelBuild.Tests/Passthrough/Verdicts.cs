using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Passthrough;

namespace KernelBuild.Tests.Passthrough;

/// <summary>
/// What the proof says of a console. The lines are those of boots of virt (6.1.192 under QEMU 7.2), with one thing changed; the end-to-end
/// tests boot the faults themselves.
/// </summary>
public sealed class Verdicts
{
    private const string Card = """
        ### HAS kvm
        ### HAS vfio-pci
        ### HAS vfio
        ### QEMU QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)
        ### P 0000:0d:00.0 is 0x8086 0x10d3 0x020000
        ### P 0000:0d:00.0 driver e1000e
        ### P 0000:0d:00.0 bound vfio-pci
        ### P 0000:0d:00.0 group 18 DMA
        ### P 0000:0d:00.0 member 0000:0d:00.0 0x020000 vfio-pci
        ### P 0000:0d:00.0 vfio viable 1
        ### P 0000:0d:00.0 vfio iommu 0
        ### G 0000:0d:00.0 ### GUEST 6.1.192
        ### G 0000:0d:00.0 ### PCI 0000:00:01.0 0x8086 0x10d3 0x020000 e1000e 5
        ### G 0000:0d:00.0 ### NETWORK eth0 1 3 1 17
        ### G 0000:0d:00.0 ### END GUEST
        ### P 0000:0d:00.0 end
        ### PROVED 20.1

        """;

    private const string Edu = """
        ### HAS kvm
        ### HAS vfio-pci
        ### HAS vfio
        ### P 0000:0f:00.0 is 0x1234 0x11e8 0x00ff00
        ### P 0000:0f:00.0 driver -
        ### P 0000:0f:00.0 bound vfio-pci
        ### P 0000:0f:00.0 group 20 DMA
        ### P 0000:0f:00.0 member 0000:0f:00.0 0x00ff00 vfio-pci
        ### P 0000:0f:00.0 vfio viable 1
        ### G 0000:0f:00.0 ### GUEST
        ### G 0000:0f:00.0 ### EDU 010000ed
        ### G 0000:0f:00.0 ### DMA inside arrived
        ### G 0000:0f:00.0 ### DMA outside blocked at 00000000bfe00000
        ### G 0000:0f:00.0 ### END GUEST
        ### P 0000:0f:00.0 log arm-smmu-v3 9050000.smmuv3: event 0x10 received:
        ### P 0000:0f:00.0 end
        ### PROVED 20.1

        """;

    private const string Controller = """
        ### HAS kvm
        ### HAS vfio-pci
        ### HAS vfio
        ### P 0000:0e:00.0 is 0x1b36 0x0010 0x010802
        ### P 0000:0e:00.0 driver nvme
        ### P 0000:0e:00.0 bound vfio-pci
        ### P 0000:0e:00.0 group 19 DMA
        ### P 0000:0e:00.0 member 0000:0e:00.0 0x010802 vfio-pci
        ### P 0000:0e:00.0 vfio viable 1
        ### G 0000:0e:00.0 ### GUEST 6.1.192
        ### G 0000:0e:00.0 ### DISK nvme0n1 75fca60d3c49 75fca60d3c49 4 40
        ### PROVED 20.1

        """;

    [Fact]
    public void A_network_card_that_answers_in_its_guest_is_proven_and_its_isolation_is_not_shown()
    {
        var proof = Judge(Card);
        proof.IsProven.ShouldBeTrue();
        proof.Id.ShouldBe("8086:10d3");
        proof.Use!.Description.ShouldBe("eth0: link up, 3 of 3 pings answered, 16 interrupts meanwhile");
        proof.Isolation.ShouldBe(IsolationVerdict.NotShown);
        ProofConsole.Read(Card.Split('\n')).Emulator.ShouldBe("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)");
    }

    [Theory]
    [InlineData("NETWORK eth0 1 3 1 17", "NETWORK eth0 0 3 1 17", "link down")]
    [InlineData("NETWORK eth0 1 3 1 17", "NETWORK eth0 1 2 1 17", "2 of 3 pings")]
    [InlineData("NETWORK eth0 1 3 1 17", "NETWORK eth0 1 3 17 17", "0 interrupts")]
    public void Without_a_link_all_answers_or_interrupts_it_is_not(string from, string to, string said) =>
        Error(Judge(Card.Replace(from, to, StringComparison.Ordinal)), DiagnosticCodes.GuestCouldNotUse).ShouldContain(said);

    [Fact]
    public void A_guest_that_ends_before_it_used_the_function_proves_nothing()
    {
        var cut = Card.Replace("### G 0000:0d:00.0 ### PCI", "### G 0000:0d:00.0 PCI", StringComparison.Ordinal)
            .Replace("### NETWORK", "Kernel panic", StringComparison.Ordinal);
        Error(Judge(cut), DiagnosticCodes.GuestCouldNotUse).ShouldContain("did not get as far");
    }

    [Fact]
    public void A_function_of_another_kind_is_proven_as_far_as_a_driver_of_the_guest_took_it()
    {
        var other = Card.Replace("### NETWORK eth0 1 3 1 17", "", StringComparison.Ordinal);
        Judge(other).Use!.Description.ShouldBe("0000:00:01.0: e1000e took it");
        Error(Judge(other.Replace("e1000e 5", "- 0", StringComparison.Ordinal)), DiagnosticCodes.GuestCouldNotUse).ShouldContain("no driver");
    }

    [Fact]
    public void A_disk_is_proven_by_its_file_too()
    {
        Judge(Controller, "75fca60d3c49").IsProven.ShouldBeTrue();
        Error(Judge(Controller, "000000000000"), DiagnosticCodes.GuestCouldNotUse).ShouldContain("not on the disk");
        var changed = Controller.Replace("75fca60d3c49 4", "85fca60d3c49 4", StringComparison.Ordinal);
        Error(Judge(changed, "75fca60d3c49"), DiagnosticCodes.GuestCouldNotUse).ShouldContain("read back");
    }

    [Fact]
    public void Isolation_is_enforced_only_if_the_same_attempt_succeeds_without_an_IOMMU()
    {
        Judge(Edu).Isolation.ShouldBe(IsolationVerdict.Enforced);
        var unsound = Judge(Edu, control: new ControlResult(false, ["### DMA outside blocked at 00000000bfe00000"]));
        unsound.Isolation.ShouldBe(IsolationVerdict.NotShown);
        Error(unsound, DiagnosticCodes.ControlNotBroken).ShouldContain("proves nothing");
    }

    [Fact]
    public void Isolation_is_broken_when_the_guest_or_the_memory_itself_shows_it()
    {
        var arrived = Edu.Replace("outside blocked", "outside arrived", StringComparison.Ordinal);
        Judge(arrived).Isolation.ShouldBe(IsolationVerdict.Broken);
        Error(Judge(arrived), DiagnosticCodes.IsolationBroken).ShouldContain("0000:0f:00.0");
        Error(Judge(Edu, intact: false), DiagnosticCodes.IsolationBroken).ShouldContain("was changed");
    }

    [Fact]
    public void Memory_that_was_changed_breaks_isolation_even_if_the_machine_did_not_live_to_tell()
    {
        var death = Diagnostic.Error(DiagnosticCodes.EmulationFailed, "the guest's kernel panicked: Attempted to kill init!", "read");
        var result = PassthroughRun.WithDeath(
            new PassthroughResult
            {
                Device = "virt", WithoutPatches = false, Kernel = "", BootImage = "", Emulator = "", GuestEmulator = "", Seconds = 1,
                Functions = [Judge(Edu[..Edu.IndexOf("### G 0000:0f:00.0 ### DMA", StringComparison.Ordinal)], intact: false)],
                Groups = [],
                Control = new ControlResult(true, []),
            },
            ["0000:0f:00.0", "0000:0d:00.0"], death);
        result.IsProven.ShouldBeFalse();
        result.Functions[0].Isolation.ShouldBe(IsolationVerdict.Broken);
        result.Functions[0].Findings.Select(finding => finding.Code).ShouldBe(
            [DiagnosticCodes.GuestCouldNotUse, DiagnosticCodes.IsolationBroken, DiagnosticCodes.EmulationFailed]);
        result.Functions[1].Isolation.ShouldBe(IsolationVerdict.NotShown);
        result.Functions[1].Findings.ShouldHaveSingleItem().Message
            .ShouldBe("0000:0d:00.0 was not tried: the guest's kernel panicked: Attempted to kill init!");
    }

    [Fact]
    public void What_an_option_asserts_is_called_asserted() =>
        Judge(Card, asserts: "pcie_acs_override=downstream").Isolation.ShouldBe(IsolationVerdict.Asserted);

    [Fact]
    public void A_group_with_a_device_of_the_host_is_refused_with_its_driver()
    {
        var shared = Card
            .Replace("vfio viable 1", "vfio viable 0", StringComparison.Ordinal)
            .Replace("### P 0000:0d:00.0 vfio iommu", "### P 0000:0d:00.0 member 0000:0e:00.0 0x010802 nvme\n### P 0000:0d:00.0 vfio iommu", StringComparison.Ordinal);
        Error(Judge(shared), DiagnosticCodes.GroupNotViable).ShouldContain("0000:0e:00.0 (nvme) is in it, with the host's driver");
    }

    [Fact]
    public void A_port_in_the_group_is_a_warning()
    {
        var shared = Card.Replace(
            "### P 0000:0d:00.0 vfio iommu", "### P 0000:0d:00.0 member 0000:00:07.0 0x060400 pcieport\n### P 0000:0d:00.0 vfio iommu", StringComparison.Ordinal);
        var proof = Judge(shared);
        proof.IsProven.ShouldBeTrue();
        proof.Findings.ShouldHaveSingleItem().Severity.ShouldBe(DiagnosticSeverity.Warning);
    }

    [Fact]
    public void Faults_of_the_SMMU_are_a_warning_unless_they_were_the_point()
    {
        Judge(Edu).Findings.ShouldBeEmpty();
        var faulty = Card.Replace(
            "### P 0000:0d:00.0 end", "### P 0000:0d:00.0 log arm-smmu-v3 9050000.smmuv3: event 0x10 received:\n### P 0000:0d:00.0 end", StringComparison.Ordinal);
        Judge(faulty).Findings.ShouldHaveSingleItem().Message.ShouldContain("1 fault");
    }

    [Theory]
    [InlineData("kvm", "CONFIG_KVM")]
    [InlineData("vfio", "CONFIG_VFIO")]
    [InlineData("vfio-pci", "CONFIG_VFIO_PCI")]
    public void A_kernel_without_what_it_takes_is_named(string what, string symbol) => Error(
        Judge(Card.Replace($"### HAS {what}\n", "", StringComparison.Ordinal)), DiagnosticCodes.HostKernelLacks).ShouldContain(symbol);

    [Fact]
    public void A_function_that_vfio_pci_does_not_take_or_that_is_not_there_is_named()
    {
        Error(Judge("### HAS kvm\n### P 0000:7f:00.0 absent\n"), DiagnosticCodes.FunctionNotBound).ShouldContain("no PCI function 0000:7f:00.0");
        var refused = Card.Replace("bound vfio-pci", "bound -", StringComparison.Ordinal).Replace(
            "### P 0000:0d:00.0 end", "### P 0000:0d:00.0 log vfio-pci: probe of 0000:0d:00.0 failed with error -22\n", StringComparison.Ordinal);
        Error(Judge(refused), DiagnosticCodes.FunctionNotBound).ShouldContain("coherency");
        var alone = refused.Replace("### P 0000:0d:00.0 group 18 DMA\n", "", StringComparison.Ordinal);
        Error(Judge(alone), DiagnosticCodes.FunctionNotBound).ShouldContain("in no IOMMU group");
    }

    [Fact]
    public void A_console_cut_anywhere_or_damaged_is_never_proven_by_accident_and_never_a_crash()
    {
        var random = new Random(1);
        for (var round = 0; round < 2000; round++)
        {
            var text = (Card + Edu + Controller).ToCharArray();
            for (var change = random.Next(8); change >= 0; change--)
            {
                text[random.Next(text.Length)] = (char)random.Next(1, 128);
            }

            var console = new string(text)[..random.Next(text.Length)].Split('\n');
            var read = ProofConsole.Read(console);
            foreach (var proof in read.Functions.Select(new ProofJudge(read.Has, "", new ControlResult(true, []), true, []).Judge))
            {
                (!proof.IsProven || proof.Use is { Works: true }).ShouldBeTrue();
            }
        }
    }

    private static FunctionProof Judge(
        string console, string disk = "", string asserts = "", bool intact = true, ControlResult? control = null)
    {
        var read = ProofConsole.Read(console.Split('\n').Select(line => line + "\r"));
        ImmutableArray<string> disks = disk.Length == 0 ? [] : [disk];
        return new ProofJudge(read.Has, asserts, control ?? new ControlResult(true, []), intact, disks).Judge(read.Functions.Single());
    }

    private static string Error(FunctionProof proof, string code)
    {
        proof.IsProven.ShouldBeFalse();
        var finding = proof.Findings.First(finding => finding.Severity == DiagnosticSeverity.Error);
        finding.Code.ShouldBe(code);
        return finding.Message;
    }
}
