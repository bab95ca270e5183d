using KernelBuild.BootImages.Boot;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests;

public sealed class Ids
{
    [Fact]
    public void The_SHA_256_of_vendors_is_known()
    {
        var image = BootImage.Create(Samples.Contents(1));
        image = image with { Id = BootImageId.Compute(image, BootImageIdState.MatchesSha256) };

        var state = BootImageId.Check(BootImage.Read(image.ToArray()));

        state.ShouldBe(BootImageIdState.MatchesSha256);
        BootImageId.NameOf(state).ShouldBe("matches SHA-256");
        BootImageId.Explain(state).ShouldBeNull();
    }

    [Fact]
    public void A_zero_id_is_a_note()
    {
        var image = BootImage.Create(Samples.Contents(0)) with { Id = new byte[32] };

        BootImageId.Check(image).ShouldBe(BootImageIdState.Zero);
        BootImageId.Explain(BootImageIdState.Zero)!.Severity.ShouldBe(DiagnosticSeverity.Note);
    }

    [Fact]
    public void A_changed_kernel_matches_nothing()
    {
        var bytes = BootImage.Create(Samples.Contents(2)).ToArray();
        bytes[2048] ^= 1;

        BootImageId.NameOf(BootImageId.Check(BootImage.Read(bytes))).ShouldBe("matches nothing");
    }

    [Fact]
    public void Versions_3_and_4_have_none() =>
        BootImageId.Check(BootImage.Create(Samples.Contents(4))).ShouldBe(BootImageIdState.Absent);
}
