using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Patching;
using KernelBuild.KernelImages.Tables;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Patching;

public sealed class PatchesOfKernels
{
    /// <summary>Six root ports with and without ACS, of which two pairs are multifunction, and a card behind each.</summary>
    private static readonly string[] Lab =
        """
        -device pcie-root-port,id=p1,bus=pcie.0,chassis=1,addr=1.0 -device pcie-root-port,id=p2,bus=pcie.0,chassis=2,addr=2.0,disable-acs=on
        -device pcie-root-port,id=p3,bus=pcie.0,chassis=3,addr=3.0,multifunction=on -device pcie-root-port,id=p4,bus=pcie.0,chassis=4,addr=3.1
        -device pcie-root-port,id=p5,bus=pcie.0,chassis=5,addr=4.0,multifunction=on,disable-acs=on -device pcie-root-port,id=p6,bus=pcie.0,chassis=6,addr=4.1,disable-acs=on
        -device e1000e,bus=p1,romfile= -device e1000e,bus=p2,romfile= -device e1000e,bus=p3,romfile= -device e1000e,bus=p4,romfile= -device e1000e,bus=p5,romfile= -device e1000e,bus=p6,romfile=
        """.ReplaceLineEndings(" ").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public void Patches_are_applied_all_or_none_and_taken_back()
    {
        byte[] image = [1, 2, 3, 4, 5, 6];
        BytePatch[] patches = [new(4, [5], [9]), new(1, [2, 3], [7, 8])];

        var patched = ImagePatcher.Apply(image, patches);

        patched.ShouldBe([1, 7, 8, 4, 9, 6]);
        ImagePatcher.Apply(patched, [.. patches.Select(patch => patch.Reversed())]).ShouldBe(image);
        PatchText.Read(PatchText.Write(patches, "one\ntwo")).SelectMany(patch => patch.Old.Concat(patch.New)).ShouldBe([5, 9, 2, 3, 7, 8]);
    }

    [Fact]
    public void Other_bytes_than_expected_are_an_error_that_shows_both()
    {
        BytePatch[] patches = [new BytePatch(0, [1], [3]), new BytePatch(1, [9], [3])];
        var error = Should.Throw<DiagnosticException>(() => ImagePatcher.Apply([1, 2], patches)).Diagnostics.Single();

        (error.Code, error.Offset, error.Found, error.Expected).ShouldBe(("KB8011", 1, "02", "09"));
    }

    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(1, 2, 2)]
    [InlineData(0, 1, 2)]
    [InlineData(0, 0, 0)]
    [InlineData(long.MaxValue, 1, 1)]
    public void What_does_not_fit_into_the_image_is_refused(long offset, int old, int replacement) =>
        Should
            .Throw<DiagnosticException>(() => ImagePatcher.Apply(
                [1, 2], [new BytePatch(offset, [.. new byte[old]], [.. new byte[replacement]])])).Diagnostics
            .Single().Code.ShouldBe("KB8012");

    [Theory]
    [InlineData("0x10 00")]
    [InlineData("16 00 01")]
    [InlineData("0x10 0 1")]
    [InlineData("0x10 00 0102")]
    [InlineData("0x-1 00 01")]
    public void A_line_that_is_no_patch_is_named(string line)
    {
        var error = Should.Throw<DiagnosticException>(() => PatchText.Read("# comment\n\n" + line)).Diagnostics.Single();

        (error.Code, error.Line).ShouldBe(("KB8014", 3));
    }

    [Fact]
    public void A_kernel_without_the_table_and_a_device_that_is_in_it_already_are_said()
    {
        var image = new KernelImage(SyntheticKernel.Make(SyntheticLayout.NarrowMarkers, isRelocatable: true).Image);
        var tables = RecoveredTables.Of(image);

        Code(tables with { IsolationQuirks = [] }, 0x1b36, 0xc).ShouldBe("KB8010");
        Code(tables, 0x8086, 0x10c6).ShouldBe("KB8015");
        Code(tables, 0x1b36, 0xc, (1, 2)).ShouldBe("KB8015");
        var quirk = IsolationQuirkPatch.For(image, tables, 0x1b36, 0xc);
        quirk.Replaced.Device.ShouldBe((ushort)0x10c6);
        new KernelImage(ImagePatcher.Apply(image.Bytes.Span, [quirk.Patch])).ShouldNotBeNull();
        RecoveredTables.Of(new KernelImage(ImagePatcher.Apply(image.Bytes.Span, [quirk.Patch]))).IsolationQuirks[0]
            .ShouldSatisfyAllConditions(entry => entry.Vendor.ShouldBe((ushort)0x1b36), entry => entry.Device.ShouldBe((ushort)0xc));

        string Code(RecoveredTables with, ushort vendor, ushort device, (ushort, ushort)? replace = null) =>
            Should
                .Throw<DiagnosticException>(() => IsolationQuirkPatch.For(image, with, vendor, device, replace)).Diagnostics
                .Single().Code;
    }

    [FactWithKernel("6.12", "qemu-system-aarch64")]
    public void Debian_6_12_patched_splits_the_groups_behind_ports_without_ACS()
    {
        FactWithKernelAttribute.MissingKernel("own").ShouldBeNull("the guest's busybox comes out of our own boot.img");
        var image = DebianKernels.Open("6.12");

        // QEMU's root port
        var quirk = IsolationQuirkPatch.For(image, RecoveredTables.Of(image), 0x1b36, 0x000c);
        var before = Groups(image.Bytes.ToArray());
        var after = Groups(ImagePatcher.Apply(image.Bytes.Span, [quirk.Patch]));

        // the cards' drivers are modules, which this guest does not have: the ports alone have groups
        before.ShouldBe(["0000:00:01.0", "0000:00:02.0", "0000:00:03.0 0000:00:03.1", "0000:00:04.0 0000:00:04.1"]);
        after.ShouldBe(["0000:00:01.0", "0000:00:02.0", "0000:00:03.0", "0000:00:03.1", "0000:00:04.0", "0000:00:04.1"]);
    }

    private static string[] Groups(byte[] kernel)
    {
        const string script = """
            for d in /sys/bus/pci/devices/*; do [ -e $d/iommu_group ] && echo "G $(basename $(readlink $d/iommu_group)) ${d##*/}"; done
            """;
        return [.. Guest.Run(kernel, script, "fw_devlink.strict=1", "virt,gic-version=3,iommu=smmuv3", Lab)
            .Where(line => line.StartsWith("G ", StringComparison.Ordinal)).Select(line => line.Split(' '))
            .GroupBy(words => words[1], words => words[2])
            .Select(group => string.Join(' ', group.Order(StringComparer.Ordinal)))
            .Order(StringComparer.Ordinal)];
    }
}
