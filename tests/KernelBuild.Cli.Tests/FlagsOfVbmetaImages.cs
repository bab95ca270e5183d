using System.Buffers.Binary;
using KernelBuild.BootImages.Avb;

namespace KernelBuild.Cli.Tests;

/// <summary>The flags of a given vbmeta image: without a key the bytes are those of <c>fastboot --disable-verity</c>.</summary>
public sealed class FlagsOfVbmetaImages : IDisposable
{
    /// <summary>Where libavb's AvbVBMetaImageHeader has its flags.</summary>
    private const int FlagsAt = 120;
    private readonly FieldFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--disable-verity", 1u)]
    [InlineData("--disable-verification", 2u)]
    [InlineData("--disable-verity --disable-verification", 3u)]
    public void Without_a_key_nothing_but_the_flags_changes(string options, uint flags)
    {
        var right = _folder.Bytes("vbmeta.img");
        BinaryPrimitives.WriteUInt32BigEndian(right.AsSpan(FlagsAt), flags);
        var run = _folder.Run($"avb flags vbmeta.img {options} -o new.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("warning KB5021");
        run.Output.ShouldContain("an unlocked device boots it; a locked one does not");
        _folder.Bytes("new.img").ShouldBe(right);
        _folder.Run("avb verify new.img").ExitCode.ShouldBe(1);

        // and back: the old signature holds again
        var back = options.Replace("disable", "enable", StringComparison.Ordinal);
        _folder.Run($"avb flags new.img {back} --in-place").ExitCode.ShouldBe(0);
        _folder.Bytes("new.img").ShouldBe(_folder.Bytes("vbmeta.img"));
    }

    [Fact]
    public void With_a_key_it_is_signed_again_and_all_else_stays()
    {
        var before = Vbmeta.Read(_folder.Bytes("vbmeta.img"));
        var run = _folder.Run("avb flags vbmeta.img --disable-verity --key root.pem -o new.img");
        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldNotContain("warning");
        var after = Vbmeta.Read(_folder.Bytes("new.img"));
        (after.Header.Flags, after.Header.RollbackIndex, after.Header.ReleaseString).ShouldBe(
            (VbmetaFlags.HashtreeDisabled, before.Header.RollbackIndex, before.Header.ReleaseString));
        after.Descriptors.Select(one => Convert.ToHexString(one.Raw.Span)).ShouldBe(before.Descriptors.Select(one => Convert.ToHexString(one.Raw.Span)));
        _folder.Run("avb verify new.img boot.img vendor_boot.img --key root.pem").ExitCode.ShouldBe(0);
        _folder.Run("avb flags vbmeta.img --disable-verity --key other.pem -o new-other.img").Output.ShouldContain("warning KB5022");

        _folder.Run("avb flags vbmeta-with-vendor-trailer.img --disable-verity --key root.pem -o new-trailer.img").ExitCode.ShouldBe(0);
        _folder.Bytes("new-trailer.img")[^272..].ShouldBe(_folder.Bytes("vbmeta-with-vendor-trailer.img")[^272..]);
    }

    [Theory]
    [InlineData("avb flags boot.img --disable-verity -o new.img", 1, "KB5023")]
    [InlineData("avb flags arm64-boot-v0.img --disable-verity -o new.img", 1, "KB5023")]
    [InlineData("avb flags vbmeta.img -o new.img", 2, "KB9010")]
    [InlineData("avb flags vbmeta.img --disable-verity --enable-verity -o new.img", 2, "KB9010")]
    [InlineData("avb flags vbmeta.img --disable-verity", 2, "KB9010")]
    public void What_has_no_such_flags_is_refused(string line, int exitCode, string code)
    {
        var run = _folder.Run(line);
        run.ExitCode.ShouldBe(exitCode);
        run.Errors.ShouldContain("error " + code);
        File.Exists(_folder["new.img"]).ShouldBeFalse();
    }
}
