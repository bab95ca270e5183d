using System.IO.Compression;
using System.Text.RegularExpressions;
using KernelBuild.BootImages.Containers;
using KernelBuild.BootImages.Dtbo;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Compression.Codecs;
using KernelBuild.Testing;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.Cli.Tests;

/// <summary>Every command that the guide shows is run, in the guide's order, on files of the names that it uses.</summary>
public sealed class CommandsOfTheGuide : IDisposable
{
    private readonly FieldFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TheoryWith("openssl", "bash")]
    [InlineData("boot-images.md")]
    [InlineData("boot-info.md")]
    public void Every_command_of_the_guide_works(string page)
    {
        Prepare();
        var lines = Regex.Matches(
            File.ReadAllText(Repository.PathOf("docs", "guide", page)), "^(?:    )?(kernelbuild (?!.*…|.*\\|ls).*)$", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value.Split(" | ")[0]).Where(line => !Regex.IsMatch(line, "  |info\\|")).ToArray();
        lines.Length.ShouldBeGreaterThan(3);
        foreach (var line in lines)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..];
            var run = CommandRun.Of([.. words.Select((word, i) => PathOf(word, i > 0 ? words[i - 1] : ""))]);

            // the vbmeta image in front of it was signed with another key than root.pem by then
            run.ExitCode.ShouldBe(line.Contains("lock-check", StringComparison.Ordinal) ? 1 : 0, $"{line}\n{run.Errors}{run.Output}");
        }
    }

    private string PathOf(string word, string before)
    {
        if (before == "-o")
        {
            return _folder[word];
        }

        var at = word.LastIndexOf(':') + 1;
        return File.Exists(_folder[word[at..].Split('#')[0]]) ? word[..at] + _folder[word[at..]] : word;
    }

    private void Prepare()
    {
        var modules = CpioWriter.Write([
            RamdiskEntry.Directory("lib"), RamdiskEntry.Directory("lib/modules"), RamdiskEntry.File("lib/modules/bad.ko", new byte[] { 1 }, UnixFileMode.UserRead),
        ]);
        var root = CpioWriter.Write([
            RamdiskEntry.File("init", new byte[] { 1 }, UnixFileMode.UserRead), RamdiskEntry.Directory("first_stage_ramdisk"), RamdiskEntry.Directory("system"),
            RamdiskEntry.Directory("system/etc"), RamdiskEntry.Directory("system/etc/ramdisk"),
            RamdiskEntry.File("system/etc/ramdisk/build.prop", new byte[] { 1 }, UnixFileMode.UserRead),
        ]);
        _folder.Write("modules.cpio", modules);
        _folder.Write("root.cpio", root);
        _folder.Write("Image", _folder.Bytes("kernel-new"));
        _folder.Write("fstab.board", [1]);
        File.Copy(_folder["chain.pem"], _folder["key.pem"]);
        File.Copy(_folder["other.pem"], _folder["system.pem"]);
        _folder.Write("config", "androidboot.selinux=enforcing\n"u8.ToArray());
        Done(
            "mkbootimg --header_version 4 --vendor_boot new-v.img --dtb board.dtb --vendor_bootconfig config --vendor_ramdisk root.cpio "
            + "--ramdisk_type dlkm --ramdisk_name dlkm --vendor_ramdisk_fragment modules.cpio");
        Done("mkbootimg --header_version 4 --ramdisk root.cpio -o new-i.img");
        var overlays = Enumerable.Range(0, 8).Select(i => new DtboEntryContents(_folder.Bytes("overlay.dtbo"), (uint)i));
        _folder.Write("new-d.img", DtboWriter.Write(new DtboContents { Entries = [.. overlays] }));
        File.Copy(_folder["overlay.dtbo"], _folder["board.dtbo"]);
        File.Copy(_folder["board.dtb"], _folder["base.dtb"]);
        Done("mkbootimg --header_version 4 --kernel kernel-new -o new-b.img");
        foreach (var (from, name) in new[] { ("new-v.img", "vendor_boot"), ("new-i.img", "init_boot"), ("new-d.img", "dtbo"), ("new-b.img", "boot") })
        {
            Done($"avb sign {from} --key chain.pem --partition {name} --partition-size 1048576 -o new-s.img");
            File.Move(_folder["new-s.img"], _folder[name + ".img"], overwrite: true);
        }

        Done(
            "avb make-vbmeta -o new-m.img --key root.pem --include vendor_boot.img --include dtbo.img --include boot.img --include init_boot.img");
        File.Move(_folder["new-m.img"], _folder["vbmeta.img"], overwrite: true);
        PrepareKeys();
        PrepareContainers();
    }

    private void PrepareKeys()
    {
        _folder.Openssl("rsa -in chain.pem -aes256 -passout pass:secret -out encrypted.pem");
        _folder.Write("passphrase", "secret\n"u8.ToArray());
        File.Copy(_folder["chain-public.pem"], _folder["public.pem"]);
        _folder.Write("helper", System.Text.Encoding.ASCII.GetBytes(
            $"#!/bin/bash\nopenssl pkeyutl -decrypt -inkey {_folder["chain.pem"]} -pkeyopt rsa_padding_mode:none\n"));
        File.SetUnixFileMode(_folder["helper"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _folder.Openssl("req -new -x509 -key chain.pem -subj /CN=test -days 30 -out verity.x509.pem");
        _folder.Openssl("pkcs8 -topk8 -in chain.pem -outform DER -nocrypt -out verity.pk8");
        File.WriteAllBytes(_folder["android7-boot.img"], _folder.Bytes("avb1-signed.img"));
    }

    private void PrepareContainers()
    {
        var boot = _folder.Bytes("boot.img");
        using (var file = File.Create(_folder["ota.zip"]))
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create))
        {
            using var entry = zip.CreateEntry("boot.img").Open();
            entry.Write(boot);
        }

        using (var file = File.Create(_folder["AP.tar.md5"]))
        using (var tar = new System.Formats.Tar.TarWriter(file))
        {
            tar.WriteEntry(_folder["boot.img"], "boot.img");
            tar.WriteEntry(_folder["vendor_boot.img"], "vendor_boot.img");
        }

        _folder.Write("boot.img.lz4", Compressor.Compress(CompressionFormat.Lz4Frame, boot).ToArray());
        _folder.Write("super.img", System.Buffers.BuffersExtensions.ToArray(SparseImage.Write(new byte[8192], 4096)));
    }

    private void Done(string line)
    {
        var run = _folder.Run(line);
        run.ExitCode.ShouldBe(0, run.Errors + run.Output);
    }
}
