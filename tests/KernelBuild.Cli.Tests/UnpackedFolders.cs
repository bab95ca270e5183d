using KernelBuild.Diagnostics;
using KernelBuild.Testing.BootImages;
using static KernelBuild.Cli.Tests.SampleImages;

namespace KernelBuild.Cli.Tests;

/// <summary>Folders that are not, or no longer, what was unpacked: KB5034.</summary>
public sealed class UnpackedFolders : IDisposable
{
    private readonly TestFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    private void Unpack(string kind, byte[] image)
    {
        _scratch.Write("image", image);
        CommandRun.Of(kind, "unpack", _scratch["image"], "-o", _scratch["out"]).ExitCode.ShouldBe(0);
    }

    private CommandRun Pack(string kind)
    {
        var run = CommandRun.Of(kind, "pack", _scratch["out"], "-o", _scratch["new.img"]);
        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("error " + DiagnosticCodes.UnpackedFolderInvalid);
        File.Exists(_scratch["new.img"]).ShouldBeFalse();
        return run;
    }

    [Fact]
    public void An_image_changed_since_it_was_unpacked_is_not_packed_over()
    {
        Unpack("boot", Image(4).ToArray());
        _scratch.Write("image", Image(2).ToArray());
        var run = Pack("boot");
        run.Errors.ShouldContain("not the one that was unpacked");
        run.Errors.ShouldContain("--stock IMAGE");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{ \"formatVersion\": 1")]
    public void A_list_that_is_none_names_its_file(string text)
    {
        Unpack("boot", Image(4).ToArray());
        File.WriteAllText(_scratch["out/unpacked.json"], text);
        Pack("boot").Errors.ShouldContain(_scratch["out/unpacked.json"]);
    }

    [Fact]
    public void A_list_that_leads_out_of_the_folder_is_refused()
    {
        Unpack("boot", Image(4).ToArray());
        _scratch.Write("secret", "x");
        var list = File.ReadAllText(_scratch["out/unpacked.json"]);
        list.ShouldContain("cmdline.txt");
        File.WriteAllText(_scratch["out/unpacked.json"], list.Replace("cmdline.txt", "../secret", StringComparison.Ordinal));
        Pack("boot");
    }

    [Fact]
    public void A_list_of_overlays_that_leads_out_of_the_folder_is_refused()
    {
        Unpack("dtbo", SampleFiles.Dtbo(0));
        var list = Directory.EnumerateFiles(_scratch["out"], "*.json").ShouldHaveSingleItem();
        File.WriteAllText(list, File.ReadAllText(list).Replace("overlay_00.dtbo", "../image", StringComparison.Ordinal));
        Pack("dtbo").Errors.ShouldContain("not the list of an unpacked dtbo image");
    }
}
