using System.Security.Cryptography;
using System.Text.Json;
using KernelBuild.BootImages.Boot;
using static KernelBuild.Cli.Tests.SampleImages;

namespace KernelBuild.Cli.Tests;

public sealed class BootInfo : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kernelbuild-cli-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_good_image_is_described_without_findings()
    {
        var run = CommandRun.Of("boot", "info", Save("boot.img", Image(4).ToArray()));

        run.ExitCode.ShouldBe(0);
        run.Output.ShouldContain("header version 4");
        run.Output.ShouldContain("Linux version 6.1.0-test #1 SMP");
        run.Output.ShouldContain("14.0.0, patch level 2024-05");
        run.Output.ShouldContain("2 (0 files, 1 directory, 1 link, 0 others) in 1 cpio archive");
        run.Output.ShouldContain("no findings");
        run.Output.ShouldNotContain("sha256");
        run.Errors.ShouldBeEmpty();
    }

    [Fact]
    public void Digests_are_shown_and_the_id_is_compared_when_asked_for()
    {
        var image = Image(0);
        var path = Save("boot.img", image.ToArray());

        CommandRun
            .Of("boot", "info", path).Output
            .ShouldContain($"id               {Convert.ToHexStringLower(image.Id.Span)}  not compared");

        var run = CommandRun.Of("boot", "info", "--digests", path);
        run.Output.ShouldContain("id               matches SHA-1");
        run.Output.ShouldContain("sha256 " + Convert.ToHexStringLower(SHA256.HashData(Kernel())));
    }

    [Fact]
    public void The_entries_of_the_ramdisk_are_listed_when_asked_for() =>
        CommandRun
            .Of("boot", "info", "--list", Save("boot.img", Image(4).ToArray())).Output
            .ShouldContain("120777     0     0          7 init -> /bin/sh");

    [Fact]
    public void The_JSON_document_has_its_documented_shape()
    {
        var run = CommandRun.Of("boot", "info", "--json", "--list", Save("boot.img", Image(0).ToArray()));

        run.ExitCode.ShouldBe(0);
        using var document = JsonDocument.Parse(run.Output);
        Names(document.RootElement).ShouldBe(["formatVersion", "files", "findings"]);
        var file = document.RootElement.GetProperty("files")[0];
        Names(file).ShouldBe(["file", "size", "sha256", "kind", "wrapper", "avb", "avb1", "vendorBoot", "image", "findings"], ignoreOrder: true);
        var image = file.GetProperty("image");
        Names(image).ShouldBe(
            [
                "headerVersion", "headerSize", "pageSize", "osVersion", "osPatchLevel", "osVersionRaw", "name", "commandLine", "addresses",
                "id", "sections", "tail", "kernel", "ramdisk",
            ],
            ignoreOrder: true);
        Names(image.GetProperty("addresses")).ShouldBe(["kernel", "ramdisk", "second", "tags", "dtb"]);
        Names(image.GetProperty("sections")[0]).ShouldBe(["name", "offset", "size", "compression", "sha256"]);
        image.GetProperty("sections")[0].GetProperty("compression").GetString().ShouldBe("gzip");
        image.GetProperty("id").GetProperty("state").GetString().ShouldBe("matches SHA-1");
        image.GetProperty("commandLine").GetString().ShouldBe("console=\"ttyAMA0\" ümlaut");
        image.GetProperty("tail").ValueKind.ShouldBe(JsonValueKind.Null);
        Names(image.GetProperty("kernel")).ShouldBe(["size", "sha256", "trailingBytes", "banner", "arm64"]);
        Names(image.GetProperty("kernel").GetProperty("arm64"))
            .ShouldBe(["textOffset", "imageSize", "endianness", "pageSize", "placement"]);
        image.GetProperty("kernel").GetProperty("size").GetInt64().ShouldBe(Kernel().Length);
        Names(image.GetProperty("ramdisk"))
            .ShouldBe(["size", "sha256", "archives", "entryCount", "files", "directories", "symbolicLinks", "others", "entries", "streams"], ignoreOrder: true);
        Names(image.GetProperty("ramdisk").GetProperty("entries")[0]).ShouldBe(["path", "mode", "userId", "groupId", "size", "target"]);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_exit_code_2_and_the_others_are_still_described()
    {
        var good = Save("boot.img", Image(4).ToArray());
        var missing = Path.Combine(_directory, "missing.img");

        var run = CommandRun.Of("boot", "info", missing, _directory, good);

        run.ExitCode.ShouldBe(2);
        run.Errors.ShouldContain($"{missing}: error KB9012: the file does not exist");
        run.Errors.ShouldContain($"{_directory}: error KB9012: the file is a directory");
        run.Output.ShouldContain("no findings");
    }

    [Fact]
    public void In_JSON_a_file_that_cannot_be_read_is_a_finding()
    {
        var run = CommandRun.Of("boot", "info", "--json", Path.Combine(_directory, "missing.img"));

        run.ExitCode.ShouldBe(2);
        using var document = JsonDocument.Parse(run.Output);
        var file = document.RootElement.GetProperty("files")[0];
        file.GetProperty("size").ValueKind.ShouldBe(JsonValueKind.Null);
        file.GetProperty("findings")[0].GetProperty("code").GetString().ShouldBe("KB9012");
    }

    [Fact]
    public void A_file_larger_than_2_GiB_is_refused_without_reading_it()
    {
        var path = Path.Combine(_directory, "huge.img");
        using (var stream = File.Create(path))
        {
            stream.SetLength(3L << 30);
        }

        CommandRun.Of("boot", "info", path).Errors.ShouldContain("more than 2 GiB");
    }

    [Fact]
    public void An_empty_file_is_a_finding()
    {
        var run = CommandRun.Of("boot", "info", Save("empty.img", []));

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("error KB5001");
        run.Output.ShouldContain("the file is empty");
    }

    [Fact]
    public void A_damaged_kernel_is_an_error_and_a_wrong_id_a_warning()
    {
        var bytes = Image(1).ToArray();
        bytes[2048 + 30] ^= 0xff;

        var path = Save("boot.img", bytes);

        var run = CommandRun.Of("boot", "info", "--digests", path);

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("error KB5011: in the kernel section");
        run.Output.ShouldContain("warning KB5004");
        CommandRun.Of("boot", "info", path).Output.ShouldContain("error KB5011: in the kernel section");
    }

    [Fact]
    public void A_damaged_xz_ramdisk_is_an_error()
    {
        var image = BootImage.Create(new BootImageContents
        {
            HeaderVersion = 4,
            Kernel = Kernel(),
            Ramdisk = new byte[] { 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0 },
        });

        var run = CommandRun.Of("boot", "info", Save("boot.img", image.ToArray()));

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("error KB5011: in the ramdisk section: xz stream");
    }

    [Fact]
    public void Control_characters_of_an_image_do_not_reach_the_terminal()
    {
        var image = BootImage.Create(new BootImageContents { HeaderVersion = 4, Kernel = Kernel(), CommandLine = "a\u001b[2Jb" });

        CommandRun.Of("boot", "info", Save("boot.img", image.ToArray())).Output.ShouldNotContain('\u001b');
    }

    private string Save(string name, byte[] bytes)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(member => member.Name);
}
