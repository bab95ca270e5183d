using System.Text;
using KernelBuild.BootImages.Boot;
using KernelBuild.Testing;

namespace KernelBuild.Cli.Tests;

/// <summary>Files in a ramdisk, changed in place: cpio makes the archives and reads the results.</summary>
public sealed class RamdiskFilesOfImages : IDisposable
{
    private readonly FieldFolder _folder = new();

    public RamdiskFilesOfImages()
    {
        foreach (var file in (string[])["root/init", "root/bin/sh", "root/etc/fstab", "root/last"])
        {
            _folder.Write(file, Encoding.ASCII.GetBytes($"this is {file}\n"));
        }

        File.SetUnixFileMode(_folder["root/init"], (UnixFileMode)0b111_101_000);
        Oracle.Output("ln", ["bin/sh", "bin/linked"], directory: _folder["root"]);
        Oracle.Output("ln", ["-s", "../init", "bin/link"], directory: _folder["root"]);
    }

    /// <summary>cpio writes the entries of a hard link behind one another, with the content in the last.</summary>
    private static readonly string[] Names = ["init", "bin", "bin/link", "bin/sh", "bin/linked", "etc", "etc/fstab", "last"];

    public void Dispose() => _folder.Dispose();

    /// <summary>An image whose ramdisk cpio has made, in the order of the names, compressed by a program.</summary>
    private void Make(string compression = "gzip", string format = "newc")
    {
        var archive = Oracle.Output(
            "cpio", ["-o", "-H", format, "--quiet", "-R", "0:2000"], Encoding.ASCII.GetBytes(string.Join('\n', Names) + "\n"), _folder["root"]);
        _folder.Write("initrd", compression switch
        {
            "none" => archive,
            "lz4" => Oracle.Output("lz4", ["-l", "-12", "-c"], archive),
            _ => Oracle.Output(compression, ["-c"], archive),
        });
        Oracle.Output("mkbootimg", ["--kernel", "kernel-new", "--ramdisk", "initrd", "-o", "boot-r.img"], directory: _folder.Path);
    }

    /// <summary>What cpio lists, in the order of the archive.</summary>
    private string[] Listed(string image, params string[] options)
    {
        var run = CommandRun.Of("boot", "unpack", _folder[image], "--decompress", "--force", "-o", _folder["new-listed"]);
        run.ExitCode.ShouldBe(0, run.Errors);
        var archive = File.ReadAllBytes(System.IO.Path.Combine(_folder["new-listed"], "ramdisk"));
        return Encoding.UTF8.GetString(Oracle.Output("cpio", ["-i", "-t", "--quiet", .. options], archive)).TrimEnd('\n').Split('\n');
    }

    private string Content(string image, string path)
    {
        _ = Listed(image);
        var archive = File.ReadAllBytes(System.IO.Path.Combine(_folder["new-listed"], "ramdisk"));
        return Encoding.UTF8.GetString(Oracle.Output("cpio", ["-i", "--to-stdout", "--quiet", path], archive));
    }

    private void Run(string line, int exitCode = 0)
    {
        var run = _folder.Run("boot ramdisk " + line);
        run.ExitCode.ShouldBe(exitCode, $"{line}: {run.Output}{run.Errors}");
    }

    [FactWith("cpio", "mkbootimg", "gzip")]
    public void The_list_is_cpios_and_a_file_is_shown()
    {
        Make();
        Listed("boot-r.img").ShouldBe(Names);
        var run = _folder.Run("boot ramdisk ls boot-r.img");
        run.Output.TrimEnd('\n').Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4]).ShouldBe(Names);
        run.Output.ShouldContain("100750     0  2000");
        run.Output.ShouldContain("bin/link -> ../init");
        _folder.Run("boot ramdisk ls boot-r.img etc").Output.TrimEnd('\n').Split('\n').Length.ShouldBe(2);
        _folder.Run("boot ramdisk ls boot-r.img none").ExitCode.ShouldBe(1);
        _folder.Run("boot ramdisk ls boot-r.img --json").ExitCode.ShouldBe(0);
        CommandRun.Of("boot", "ramdisk", "cat", _folder["boot-r.img"], "/etc/fstab").Output.ShouldBe("this is root/etc/fstab\n");

        // the content of a hard link stands in the last of its entries
        _folder.Run("boot ramdisk cat boot-r.img bin/sh").Output.ShouldBe("this is root/bin/sh\n");
        _folder.Run("boot ramdisk cat boot-r.img bin/linked").Output.ShouldBe("this is root/bin/sh\n");
    }

    [TheoryWith("cpio", "mkbootimg", "gzip", "lz4", "xz", "zstd")]
    [InlineData("gzip", "newc")]
    [InlineData("lz4", "newc")]
    [InlineData("none", "newc")]
    [InlineData("xz", "newc")]
    [InlineData("zstd", "newc")]
    [InlineData("gzip", "crc")]
    public void Files_are_changed_and_order_and_all_others_stay(string compression, string format)
    {
        Make(compression, format);
        _folder.Write("mine", "mine\n"u8.ToArray());
        Run("add boot-r.img etc/fstab mine -o new-a.img");
        Listed("new-a.img").ShouldBe(Names);
        Content("new-a.img", "etc/fstab").ShouldBe("mine\n");
        Run("add new-a.img sbin/tool mine --mode 0750 --owner 0:2000 -o new-b.img");
        Listed("new-b.img").ShouldBe([.. Names, "sbin", "sbin/tool"]);
        Run("rm new-b.img last -o new-c.img");
        Run("mv new-c.img init init.real -o new-d.img");
        Run("ln new-d.img /system/bin/init init -o new-e.img");
        Run("chmod new-e.img 4755 bin/sh -o new-f.img");
        Run("mkdir new-f.img metadata -o new-g.img");
        Listed("new-g.img").ShouldBe(["init.real", .. Names[1..^1], "sbin", "sbin/tool", "init", "metadata"]);
        var listed = Listed("new-g.img", "-v", "-n");
        listed.ShouldContain(line => line.StartsWith("-rwxr-x---", StringComparison.Ordinal) && line.Contains(" 0        2000 ", StringComparison.Ordinal)
            && line.EndsWith("sbin/tool", StringComparison.Ordinal));
        listed.ShouldContain(line => line.StartsWith("lrwxrwxrwx", StringComparison.Ordinal) && line.EndsWith("init -> /system/bin/init", StringComparison.Ordinal));
        listed.ShouldContain(line => line.StartsWith("-rwsr-xr-x", StringComparison.Ordinal) && line.EndsWith("bin/sh", StringComparison.Ordinal));
        listed.ShouldContain(line => line.StartsWith("drwxr-xr-x", StringComparison.Ordinal) && line.EndsWith("metadata", StringComparison.Ordinal));
        Content("new-g.img", "init.real").ShouldBe("this is root/init\n");
        _folder.Run("boot verify new-g.img").ExitCode.ShouldBe(0);

        // each of them undone gives the old ramdisk
        var before = BootImage.Read(_folder.Bytes("boot-r.img")).Ramdisk.ToArray();
        File.Copy(_folder["root/etc/fstab"], _folder["fstab"]);
        Run("add new-a.img etc/fstab fstab --in-place");
        Run("mv boot-r.img init other -o new-h.img");
        Run("mv new-h.img other init --in-place");
        Listed("new-h.img").ShouldBe(Names);
        if (compression == "none")
        {
            BootImage.Read(_folder.Bytes("new-a.img")).Ramdisk.ToArray().ShouldBe(before);
            BootImage.Read(_folder.Bytes("new-h.img")).Ramdisk.ToArray().ShouldBe(before);
        }
    }

    [FactWith("cpio", "mkbootimg", "gzip")]
    public void Folders_are_moved_removed_and_added_whole()
    {
        Make();
        Run("rm boot-r.img bin -o new.img", 1);
        Run("rm boot-r.img bin -r -o new-a.img");
        Listed("new-a.img").ShouldBe(["init", "etc", "etc/fstab", "last"]);
        Run("mv boot-r.img etc system/etc -o new-b.img");

        // what was moved stands behind the folder that was made for it, or the kernel would have no place for it
        Listed("new-b.img").ShouldBe(["init", "bin", "bin/link", "bin/sh", "bin/linked", "last", "system", "system/etc", "system/etc/fstab"]);
        Run("add new-a.img tree root -o new-c.img");
        Listed("new-c.img").Order(StringComparer.Ordinal).ShouldBe(
            ["etc", "etc/fstab", "init", "last", "tree", .. Names.Select(name => "tree/" + name).Order(StringComparer.Ordinal)]);
        Content("new-c.img", "tree/bin/sh").ShouldBe("this is root/bin/sh\n");
    }

    [FactWith("cpio", "mkbootimg", "gzip")]
    public void A_content_that_other_links_need_outlives_the_entry_that_has_it()
    {
        Make();
        Run("rm boot-r.img bin/linked -o new-a.img");
        _folder.Run("boot ramdisk cat new-a.img bin/sh").Output.ShouldBe("this is root/bin/sh\n");
        Content("new-a.img", "bin/sh").ShouldBe("this is root/bin/sh\n");
        _folder.Write("mine", "mine\n"u8.ToArray());
        Run("add boot-r.img bin/sh mine -o new-b.img");
        _folder.Run("boot ramdisk cat new-b.img bin/linked").Output.ShouldBe("mine\n");
    }

    [FactWith("cpio", "mkbootimg", "gzip")]
    public void Everything_is_extracted_as_cpio_does_and_nothing_leads_out()
    {
        Make();
        Run("extract boot-r.img -o new-out");
        Oracle.Output("diff", ["-r", "root", "new-out"], directory: _folder.Path);
        new FileInfo(_folder["new-out/bin/link"]).LinkTarget.ShouldBe("../init");
        File.GetUnixFileMode(_folder["new-out/init"]).ShouldBe((UnixFileMode)0b111_101_000);
        Run("extract boot-r.img -o new-out", 1);
        Run("extract boot-r.img -o new-out --force");
        Run("extract boot-r.img etc -o new-some");
        Directory.GetFileSystemEntries(_folder["new-some"]).Length.ShouldBe(1);
        Run("extract boot-r.img none -o new-none", 1);
    }

    [FactWith("cpio", "mkbootimg")]
    public void A_hostile_archive_writes_nothing_outside_of_the_folder()
    {
        Make("none");
        var archive = _folder.Bytes("initrd");
        var text = Encoding.Latin1.GetString(archive);
        var changed = text.Replace("last\0", "../x\0", StringComparison.Ordinal).Replace("bin/sh\0", "b/../s\0", StringComparison.Ordinal);
        _folder.Write("initrd", Encoding.Latin1.GetBytes(changed));
        Oracle.Output("mkbootimg", ["--kernel", "kernel-new", "--ramdisk", "initrd", "-o", "evil.img"], directory: _folder.Path);
        var run = _folder.Run("boot ramdisk extract evil.img -o new-out");
        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("leads out of the folder");
        File.Exists(_folder["x"]).ShouldBeFalse();
        File.Exists(_folder["new-out/s"]).ShouldBeFalse();
        File.Exists(_folder["new-out/etc/fstab"]).ShouldBeTrue();
    }

    [FactWith("cpio", "mkbootimg", "gzip")]
    public void What_cannot_be_is_refused_and_nothing_is_written()
    {
        Make();
        _folder.Write("mine", "mine\n"u8.ToArray());
        foreach (var line in (string[])[
            "add boot-r.img ../x mine", "add boot-r.img init/x mine", "add boot-r.img bin mine", "rm boot-r.img none", "mv boot-r.img none x",
            "mv boot-r.img init last", "mv boot-r.img bin bin/x", "chmod boot-r.img 0644 none", "chmod boot-r.img 0644 bin/link", "cat boot-r.img bin"])
        {
            var run = _folder.Run($"boot ramdisk {line}{(line.StartsWith("cat", StringComparison.Ordinal) ? "" : " -o new.img")}");
            run.ExitCode.ShouldBe(1, line);
            run.Errors.ShouldContain("error KB5009", customMessage: line);
        }

        foreach (var line in (string[])["chmod boot-r.img 8 init -o new.img", "chmod boot-r.img 77777 init -o new.img",
            "add boot-r.img x mine --owner root -o new.img", "add boot-r.img x no-such -o new.img", "rm boot-r.img init"])
        {
            Run(line, 2);
        }

        File.Exists(_folder["new.img"]).ShouldBeFalse();
        _folder.Run("boot ramdisk ls boot-r.img --fragment x").Errors.ShouldContain("error KB5031");
    }

    [Fact]
    public void Fragments_are_chosen_by_name_or_number_and_signed_again()
    {
        var names = _folder.Run("boot info vendor_boot.img").Output.Split('\n').Where(line => line.Contains("fragment ", StringComparison.Ordinal)).ToArray();
        names.Length.ShouldBeGreaterThan(0);
        _folder.Write("mine", "mine\n"u8.ToArray());
        var run = _folder.Run("boot ramdisk add vendor_boot.img new-file mine --fragment 0 --key chain.pem -o new-v.img");
        run.ExitCode.ShouldBe(0, run.Errors);
    }

    [Fact]
    public void Of_several_streams_only_the_one_that_changes_is_written_anew()
    {
        const string image = "ramdisk-gzip-then-lz4.img";
        var before = BootImage.Read(_folder.Bytes(image)).Ramdisk.ToArray();
        _folder.Write("mine", "mine\n"u8.ToArray());
        Run($"add {image} second mine -o new.img");
        var after = BootImage.Read(_folder.Bytes("new.img")).Ramdisk.ToArray();
        var second = before.AsSpan().IndexOf((byte[])[0x02, 0x21, 0x4c, 0x18]);
        after[..second].ShouldBe(before[..second]);
        _folder.Run("boot ramdisk cat new.img second").Output.ShouldBe("mine\n");
        _folder.Run("boot ramdisk ls new.img").Output.ShouldContain(" first");
    }
}
