using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Passthrough;

namespace KernelBuild.Tests.Passthrough;

/// <summary>The project's machine made able to run guests. That QEMU takes it is shown by the end-to-end tests.</summary>
public sealed class Machines
{
    [Fact]
    public void Cards_get_a_network_controllers_a_disk_and_edu_an_address_mask_unless_the_project_says_otherwise()
    {
        var machine = Of("-device e1000e,bus=p1 -device igb,netdev=mine -device nvme,bus=p2 -device nvme,drive=d,serial=s -device edu");
        machine.Arguments.ShouldContain("e1000e,bus=p1,netdev=kernelbuild-net0");
        machine.Arguments.ShouldContain("user,id=kernelbuild-net0");
        machine.Arguments.ShouldContain("igb,netdev=mine");
        machine.Arguments.ShouldContain("nvme,bus=p2,drive=kernelbuild-disk0,serial=kernelbuild-disk0");
        machine.Arguments.ShouldContain("nvme,drive=d,serial=s");
        machine.Arguments.ShouldContain("edu,dma_mask=0xffffffffffffffff");
        machine.Disks.ShouldHaveSingleItem();
        machine.HasOtherDisks.ShouldBeTrue();
        Of("-device nvme").HasOtherDisks.ShouldBeFalse();
    }

    [Fact]
    public void A_name_with_a_comma_is_one_value_for_QEMU()
    {
        var machine = ProofMachine.Of(["-machine", "type=virt-7.2", "-device", "nvme"], "/a,b");
        machine.Arguments.ShouldContain("if=none,format=raw,id=kernelbuild-disk0,file=/a,,b/kernelbuild-disk0");
        machine.Disks.ShouldBe(["/a,b/kernelbuild-disk0"]);
    }

    [Theory]
    [InlineData("", 2048u)]
    [InlineData("-m 1G", 2048u)]
    [InlineData("-m 2560", 2560u)]
    [InlineData("-m size=3G,slots=2", 3072u)]
    [InlineData("-m 16G", 3072u)]
    [InlineData("-m 2097152K", 2048u)]
    public void There_is_memory_for_a_guest_and_all_of_it_is_below_4_GiB(string arguments, uint mebibytes)
    {
        var machine = Of(arguments);
        machine.MemoryBytes.ShouldBe((ulong)mebibytes << 20);
        machine.CommandLine.ShouldBe($"mem={mebibytes - 2}M");
        machine.Outside.ShouldBe(0x4000_0000 + ((ulong)(mebibytes - 2) << 20));
        machine.Arguments.Count(argument => argument == "-m").ShouldBe(1);
    }

    [Theory]
    [InlineData("-m")]
    [InlineData("-m 0")]
    [InlineData("-m much")]
    [InlineData("-m 99999999G")]
    public void Memory_that_is_not_understood_is_refused(string arguments) =>
        Findings.Of(DiagnosticCodes.DeviceInvalid, () => Of(arguments)).Message.ShouldContain("-m");

    [Theory]
    [InlineData("")]
    [InlineData("-M")]
    [InlineData("-M sbsa-ref")]
    [InlineData("-smp 2 -machine raspi3b")]
    public void Another_machine_than_virt_is_refused(string arguments) => Findings.Of(
        DiagnosticCodes.DeviceInvalid, () => ProofMachine.Of([.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)], "/work"))
        .Fix.ShouldContain("-M virt");

    private static ProofMachine Of(string arguments) =>
        ProofMachine.Of(["-M", "virt", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)], "/work");
}
