using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests.Images;

/// <summary>
/// What holds of every file that is read: each byte has one name, what is read is written back, what is intact has no error.
/// </summary>
public sealed class WholeFiles
{
    public static TheoryData<string> Names() => [.. SampleFiles.All.Keys];

    public static TheoryData<string> RealNames() =>
        [
            "amlogic-vendor_boot-v3.img.xz", "coral-dtbo.img.xz", "coral-vbmeta.img.xz", "coral-vbmeta_system.img.xz",
            "cuttlefish-init_boot-v4.img.xz",
        ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_byte_of_a_generated_file_is_in_one_region_and_nothing_is_lost(string name) => CheckWhole(SampleFiles.All[name]());

    [TheoryWith(
        "xz", "amlogic-vendor_boot-v3.img.xz", "coral-dtbo.img.xz", "coral-vbmeta.img.xz", "coral-vbmeta_system.img.xz",
        "cuttlefish-init_boot-v4.img.xz")]
    [MemberData(nameof(RealNames))]
    public void Every_byte_of_a_real_file_is_in_one_region_and_nothing_is_lost(string name) => CheckWhole(Cases.Unpack(name));

    [Theory]
    [MemberData(nameof(Names))]
    public void An_intact_generated_file_has_no_error(string name) => Errors(SampleFiles.All[name](), lookInside: true).ShouldBeEmpty();

    [TheoryWith(
        "xz", "amlogic-vendor_boot-v3.img.xz", "coral-dtbo.img.xz", "coral-vbmeta.img.xz", "coral-vbmeta_system.img.xz",
        "cuttlefish-init_boot-v4.img.xz")]
    [MemberData(nameof(RealNames))]
    public void An_intact_real_file_has_no_error(string name) => Errors(Cases.Unpack(name), lookInside: true).ShouldBeEmpty();

    [Theory]
    [InlineData("boot-v0")]
    [InlineData("boot-v1")]
    [InlineData("boot-v2")]
    [InlineData("boot-v2-avb")]
    [InlineData("boot-v4-avb")]
    [InlineData("boot-v4-gki")]
    [InlineData("init_boot-v4-none")]
    [InlineData("vendor_boot-v4-avb")]
    [InlineData("dtbo-v1-avb")]
    [InlineData("vbmeta")]
    [InlineData("qcdt")]
    [InlineData("pxa")]
    [InlineData("dhtb")]
    public void Ten_thousand_flips_in_hashed_regions_are_all_found(string name)
    {
        var bytes = SampleFiles.All[name]();
        CheckFlips(bytes, 10_000, [.. HashedRegions(bytes)]);
    }

    [TheoryWith("xz", "cuttlefish-init_boot-v4.img.xz", "coral-dtbo.img.xz", "amlogic-vendor_boot-v3.img.xz")]
    [InlineData("cuttlefish-init_boot-v4.img.xz")]
    [InlineData("coral-dtbo.img.xz")]
    [InlineData("amlogic-vendor_boot-v3.img.xz")]
    public void Flips_in_hashed_regions_of_real_files_are_found(string name)
    {
        var bytes = Cases.Unpack(name);
        CheckFlips(bytes, 200, [.. HashedRegions(bytes)]);
    }

    private static void CheckFlips(byte[] bytes, int count, Region[] regions)
    {
        regions.ShouldNotBeEmpty();
        var random = new Random(20240501);
        var total = regions.Sum(r => r.Size);
        for (var i = 0; i < count; i++)
        {
            var at = random.NextInt64(total);
            var region = regions[0];
            foreach (var candidate in regions)
            {
                region = candidate;
                if (at < candidate.Size)
                {
                    break;
                }

                at -= candidate.Size;
            }

            var offset = (int)(region.Offset + at);
            var bit = (byte)(1 << random.Next(8));
            bytes[offset] ^= bit;
            Errors(bytes, lookInside: false).ShouldNotBeEmpty($"byte 0x{offset:x} in {region.Name}");
            bytes[offset] ^= bit;
        }
    }

    /// <summary>
    /// What an id, an AVB digest, or a signature covers; a signature covers the descriptors, and NONE covers nothing of itself.
    /// </summary>
    private static IEnumerable<Region> HashedRegions(byte[] bytes)
    {
        var file = ImageFile.Read(bytes);
        var isSigned = file.Vbmeta?.Algorithm?.IsRsa == true;
        foreach (var region in RegionMap.Of(file))
        {
            var isVbmeta = region.Name.StartsWith("vbmeta_", StringComparison.Ordinal);
            var isHashed = isVbmeta
                ? isSigned && region.Name is "vbmeta_header" or "vbmeta_auxiliary"
                : file.Footer is not null
                    ? region.Offset + region.Size <= file.ContentLength
                    : (file.Wrapper?.Name == "dhtb_header" && region.Offset >= 512)
                        || region.Name is "kernel" or "ramdisk" or "second" or "recovery_dtbo" or "dtb" or "dt";
            if (isHashed)
            {
                yield return region;
            }
        }
    }

    private static void CheckWhole(byte[] bytes)
    {
        var file = ImageFile.Read(bytes);
        long end = 0;
        foreach (var region in RegionMap.Of(file))
        {
            region.Offset.ShouldBe(end);
            region.Size.ShouldBeGreaterThan(0);
            region.Name.ShouldMatch("^[a-z0-9_]+$");
            end = region.Offset + region.Size;
        }

        end.ShouldBe(bytes.Length);
        byte[] image = file.Kind switch
        {
            ImageKind.Boot => file.Boot!.ToArray(),
            ImageKind.VendorBoot => file.VendorBoot!.ToArray(),
            ImageKind.Dtbo => file.Dtbo!.ToArray(),
            _ => file.Image.ToArray(),
        };
        image.AsSpan().SequenceEqual(file.Image.Span).ShouldBeTrue();
        file.Vbmeta?.Header.ToArray().ShouldBe(file.Vbmeta.HeaderBytes.ToArray());
        file.Footer?.ToArray().ShouldBe(bytes[^64..]);
    }

    private static IEnumerable<Diagnostic> Errors(byte[] bytes, bool lookInside) => ImageFile.TryRead(bytes, out var file, out var findings)
        ? ImageInspection
            .Of(file, findings, new InspectionOptions { LookInside = lookInside }).Findings
            .Where(f => f.Severity == DiagnosticSeverity.Error)
        : findings;
}
