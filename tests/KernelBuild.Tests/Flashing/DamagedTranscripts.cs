using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>
/// What a shell printed, damaged on its way: refused by a code, or the whole capture; never a part of it, and never another one.
/// </summary>
public sealed class DamagedTranscripts
{
    private const int Count = 1000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_thousand_damaged_ones_are_refused_or_are_the_whole_capture(bool legacy)
    {
        using var files = new TestFolder();
        CapturedRoot.Write(files, "root");
        var whole = Oracle.Output("env", [$"R={files["root"]}", "sh", "-c", CaptureScript.Text.ReplaceLineEndings("\n")]);
        whole = legacy ? Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(whole).Replace("\n", "\r\n", StringComparison.Ordinal)) : whole;
        CaptureReader.TryRead(whole, out var capture, out var none).ShouldBeTrue(none?.ToString());
        capture.Functions.Length.ShouldBe(4);
        var expected = CaptureFile.Write(capture);

        var (refused, wrong) = (0, new List<int>());
        for (var seed = 0; seed < Count; seed++)
        {
            if (!CaptureReader.TryRead(Damaged(whole, new Random(seed)), out var read, out var error))
            {
                error.Code.ShouldBeOneOf(DiagnosticCodes.CaptureCut, DiagnosticCodes.TopologyEmpty, DiagnosticCodes.CaptureInvalid);
                refused++;
            }
            else if (!CaptureFile.Write(read).AsSpan().SequenceEqual(expected))
            {
                wrong.Add(seed);
            }
        }

        wrong.ShouldBeEmpty();
        refused.ShouldBeGreaterThan(Count * 9 / 10);
    }

    private static byte[] Damaged(byte[] whole, Random random)
    {
        var at = random.Next(whole.Length);
        var length = random.Next(1, 2000);
        var end = Math.Min(whole.Length, at + length);
        return random.Next(5) switch
        {
            0 => whole[..at],
            1 => [.. whole[..at], .. whole[end..]],
            2 => [.. whole[..end], .. whole[at..]],
            3 => [.. whole[..at], .. KernelBuild.Testing.BootImages.Samples.Random(random.Next(), random.Next(1, 20)), .. whole[at..]],
            _ => Flipped(whole, at, random),
        };
    }

    private static byte[] Flipped(byte[] whole, int at, Random random)
    {
        var bytes = whole.ToArray();
        bytes[at] ^= (byte)(1 << random.Next(8));
        return bytes;
    }
}
