using KernelBuild.Manifest;

namespace KernelBuild.Tests.Artifacts;

/// <summary>What a kernel calls itself, among what it carries.</summary>
public sealed class KernelIdentities
{
    /// <summary>readelf's word on the host's own programs, which have build IDs; and a kernel's note behind them.</summary>
    [Fact]
    public void The_build_ID_is_the_kernels_and_not_that_of_a_program_that_it_carries()
    {
        var program = File.ReadAllBytes("/bin/true");
        var own = System.Text.Encoding.UTF8.GetString(Oracle.Output("readelf", ["-n", "/bin/true"])).Split('\n').First(line => line.Contains("Build ID:", StringComparison.Ordinal))
            .Split(':')[1].Trim();
        KernelIdentity.BuildIdIn(program).ShouldBe(own);
        byte[] note = [4, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, .. "GNU\0"u8, 1, 2, 3, 4, 5, 6, 7, 8];
        byte[] kernel = [.. new byte[4096], .. program, .. new byte[100], .. note, .. new byte[16]];

        KernelIdentity.BuildIdIn(kernel).ShouldBe("0102030405060708");

        // the word in a text is no program, and one that is cut off hides nothing
        KernelIdentity.BuildIdIn([.. "0\u007fELF\u0002\u0001\u0001 is the magic"u8, .. new byte[60], .. note]).ShouldBe("0102030405060708");
        KernelIdentity.BuildIdIn([.. new byte[16], .. program[..100], .. note]).ShouldBe("0102030405060708");
        KernelIdentity.BuildIdIn([]).ShouldBe("");
    }

    [Fact]
    public void A_damaged_kernel_has_some_build_ID_or_none()
    {
        var random = new Random(7);
        var program = File.ReadAllBytes("/bin/true");
        for (var round = 0; round < 500; round++)
        {
            byte[] kernel = [.. new byte[64], .. program];
            for (var change = random.Next(20); change >= 0; change--)
            {
                kernel[64 + random.Next(round % 2 == 0 ? 128 : program.Length)] = (byte)random.Next(256);
            }

            KernelIdentity.BuildIdIn(kernel.AsSpan(0, random.Next(kernel.Length))).Length.ShouldBeLessThanOrEqualTo(128);
        }
    }
}
