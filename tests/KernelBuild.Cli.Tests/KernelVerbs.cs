using System.Text.Json;
using KernelBuild.BootImages.Boot;
using KernelBuild.Compression.Codecs;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.Cli.Tests;

public sealed class KernelVerbs : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kernelbuild-cli-").FullName;
    private readonly byte[] _kernel;
    private readonly string _image;

    public KernelVerbs()
    {
        _kernel = SyntheticKernel.Make(SyntheticLayout.WithSequences, isRelocatable: true).Image;
        _image = Write("Image", _kernel);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Symbols_are_printed_as_proc_kallsyms_does_out_of_any_container()
    {
        var listing = SyntheticKernel.Make(SyntheticLayout.WithSequences, isRelocatable: true).Kernel.Listing;

        CommandRun.Of("kernel", "symbols", _image).Output.ShouldBe(listing);
        CommandRun.Of("kernel", "symbols", BootImageFile()).Output.ShouldBe(listing);
        Json("symbols", _image).GetProperty("symbols")[0].GetProperty("name").GetString().ShouldBe("_text");
    }

    [Fact]
    public void Info_lists_layers_and_facts()
    {
        var run = CommandRun.Of("kernel", "info", BootImageFile());

        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("arm64 kernel 6.1.0-synthetic");
        run.Output.ShouldContain("header version 4");
        run.Output.ShouldContain("0xffff800008000000, 48 bits");
        Json("info", _image).GetProperty("layers")[0].GetProperty("kind").GetString().ShouldBe("arm64 Image");
    }

    [Fact]
    public void A_configuration_that_is_not_embedded_is_inferred_and_marked_as_such()
    {
        var output = CommandRun.Of("kernel", "config", _image).Output;

        output.ShouldStartWith("# inferred");
        output.ShouldContain("CONFIG_OF=y # function of_find_property");
        Json("config", _image).GetProperty("source").GetString().ShouldBe("inferred");
    }

    [Fact]
    public void Callers_traces_strings_properties_and_tables_are_printed_for_people_and_programs()
    {
        CommandRun.Of("kernel", "callers", _image, "first_probe").Output.ShouldContain("first_ops+0x0 (pointer, driver_ops.probe)");
        CommandRun.Of("kernel", "trace", _image, "passes_on").Output.ShouldContain("<- first_probe+0x0 (call): probe of a driver");
        CommandRun.Of("kernel", "trace", _image, "reads_through", "--forward").Output.ShouldContain("-> passes_on (call)");
        CommandRun.Of("kernel", "strings", _image, "status").Output.ShouldContain("reads_a_property+0x4 (takes its address)");
        CommandRun.Of("kernel", "properties", _image).Output.ShouldContain("reads_through: reg");
        CommandRun.Of("kernel", "properties", _image, "--against", _image).Output.ShouldStartWith("0 calls");
        CommandRun.Of("kernel", "tables", _image).Output.ShouldContain("8086:10c6 pci_quirk_mf_endpoint_acs");
        CommandRun.Of("kernel", "disassemble", _image, "reads_a_property").Output.ShouldContain("// \"status\"");

        Json("callers", _image, "first_probe").GetProperty("functions")[0].GetProperty("references").GetArrayLength().ShouldBe(2);
        Json("trace", _image, "passes_on").GetProperty("traces")[0].GetProperty("next").GetArrayLength().ShouldBe(2);
        Json("strings", _image, "status").GetProperty("texts")[0].GetProperty("text").GetString().ShouldBe("status");
        Json("properties", _image).GetProperty("reads").GetArrayLength().ShouldBeGreaterThan(2);
        Json("tables", _image).GetProperty("acsQuirks").GetArrayLength().ShouldBe(3);
        Json("disassemble", _image, "reads_a_property").GetProperty("lines").GetArrayLength().ShouldBe(4);
        Json("disassemble", _image, "reads_a_property", "passes_on").GetProperty("functions").EnumerateArray()
            .Select(function => function.GetProperty("lines").GetArrayLength()).First().ShouldBe(4);
    }

    [Fact]
    public void An_unknown_symbol_is_an_error_with_the_nearest_names()
    {
        var run = CommandRun.Of("kernel", "callers", _image, "first_prob");

        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("error KB8007");
        run.Errors.ShouldContain("did you mean first_probe");
    }

    [Fact]
    public void Of_several_functions_those_that_are_there_are_answered_and_the_others_are_named()
    {
        var run = CommandRun.Of("kernel", "callers", _image, "first_probe", "absent", "passes_on");

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldContain("first_ops+0x0 (pointer, driver_ops.probe)");
        run.Output.ShouldContain("passes_on at");
        run.Errors.ShouldContain("error KB8007: the kernel has no symbol 'absent'");
        var json = JsonDocument.Parse(CommandRun.Of("kernel", "callers", "--json", _image, "first_probe", "absent").Output).RootElement;
        json.GetProperty("functions").GetArrayLength().ShouldBe(1);
        json.GetProperty("findings")[0].GetProperty("code").GetString().ShouldBe("KB8007");
        CommandRun.Of("kernel", "trace", _image, "passes_on", "absent").ExitCode.ShouldBe(1);
        CommandRun.Of("kernel", "disassemble", _image, "passes_on", "absent").Output.ShouldStartWith("passes_on:");
    }

    [Fact]
    public void Functions_are_named_by_a_pattern_an_address_or_a_place_too()
    {
        CommandRun.Of("kernel", "callers", _image, "function_000*").Output.ShouldContain("function_0009 at");
        CommandRun.Of("kernel", "callers", _image, "first_pro?e").Output.ShouldContain("first_probe at");
        var start = SyntheticKernel.TextOffset + (4 * SyntheticKernel.FunctionLength);
        CommandRun.Of("kernel", "callers", _image, $"0x{SyntheticKernel.Address(start + 4):x}").Output.ShouldContain("first_probe at");
        CommandRun.Of("kernel", "callers", _image, "first_probe+0x8").Output.ShouldContain("first_probe at");
        CommandRun.Of("kernel", "callers", _image, "first_probe+0x8/0x10").Output.ShouldContain("first_probe at");
        CommandRun.Of("kernel", "callers", _image, "absent*").ExitCode.ShouldBe(1);
    }

    [Fact]
    public void What_is_suggested_starts_with_the_name_or_contains_it_and_inlined_accessors_name_what_they_call()
    {
        CommandRun.Of("kernel", "callers", _image, "pci_quirk_mf").Errors.ShouldContain("did you mean pci_quirk_mf_endpoint_acs?");
        CommandRun.Of("kernel", "callers", _image, "endpoint_acs").Errors.ShouldContain("did you mean pci_quirk_mf_endpoint_acs?");
        CommandRun.Of("kernel", "callers", _image, "of_property_read_bool").Errors
            .ShouldContain("it is always inlined, and calls of_find_property: ask for that");
    }

    [Fact]
    public void Strings_are_found_without_regard_to_case_and_as_one_of_several()
    {
        CommandRun.Of("kernel", "strings", _image, "STATUS").ExitCode.ShouldBe(1);
        CommandRun.Of("kernel", "strings", _image, "STATUS").Errors.ShouldContain("error KB8029");
        CommandRun.Of("kernel", "strings", _image, "-i", "STATUS").Output.ShouldContain("\"status\"");
        CommandRun.Of("kernel", "strings", _image, "absent", "status").ExitCode.ShouldBe(0);
        CommandRun.Of("kernel", "strings", _image, "--absent").ExitCode.ShouldBe(2);
    }

    [Theory]
    [InlineData(CompressionFormat.Lz4Legacy)]
    [InlineData(CompressionFormat.Lz4Frame)]
    [InlineData(CompressionFormat.Lzma)]
    [InlineData(CompressionFormat.Bzip2)]
    [InlineData(CompressionFormat.Xz)]
    public void A_compressed_kernel_is_patched_in_its_format_and_what_stands_behind_it_stays(CompressionFormat format)
    {
        byte[] tree = [0xd0, 0x0d, 0xfe, 0xed, 0, 0, 0, 72, 0, 0, 0, 56, .. new byte[60]];
        new byte[] { 0, 0, 0, 72, 0, 0, 0, 40, 0, 0, 0, 17, 0, 0, 0, 16 }.CopyTo(tree, 12);
        tree[59] = 1;
        tree[67] = 2;
        tree[71] = 9;
        byte[] size = format == CompressionFormat.Lz4Legacy ? BitConverter.GetBytes(_kernel.Length) : [];
        var file = Write("kernel", [.. Compressor.Compress(format, _kernel).Span, .. size, .. tree]);

        var run = CommandRun.Of("kernel", "patch", file, "--acs-quirk", "1b36:000c", "-o", file + ".patched");

        run.ExitCode.ShouldBe(0, run.Errors);
        CommandRun.Of("kernel", "tables", file + ".patched").Output.ShouldContain("1b36:000c pci_quirk_mf_endpoint_acs");
        File.ReadAllBytes(file + ".patched").AsSpan().EndsWith((byte[])[.. size, .. tree]).ShouldBeTrue();
        Json("info", file + ".patched").GetProperty("layers")[0].GetProperty("detail").GetString()
            .ShouldBe(CompressionFormats.NameOf(format));
    }

    [Fact]
    public void Vendors_headers_around_a_patched_kernel_stay_right_and_forms_with_checksums_are_refused()
    {
        var stream = Compressor.Compress(CompressionFormat.Gzip, _kernel).ToArray();
        var mtk = Write(
            "mtk",
            [.. BitConverter.GetBytes(0x58881688), .. BitConverter.GetBytes(stream.Length), .. "KERNEL"u8, .. new byte[498], .. stream]);
        CommandRun.Of("kernel", "patch", mtk, "--acs-quirk", "1b36:000c", "--in-place").ExitCode.ShouldBe(0);
        BitConverter.ToInt32(File.ReadAllBytes(mtk), 4).ShouldBe((int)new FileInfo(mtk).Length - 512);
        CommandRun.Of("kernel", "tables", mtk).Output.ShouldContain("1b36:000c");

        byte[] qualcomm = [.. "UNCOMPRESSED_IMG"u8, .. BitConverter.GetBytes(_kernel.Length), .. _kernel];
        var bare = Write("qcom", qualcomm);
        CommandRun.Of("kernel", "patch", bare, "--acs-quirk", "1b36:000c", "--in-place").ExitCode.ShouldBe(0);
        File.ReadAllBytes(bare).AsSpan(0, 20).SequenceEqual(qualcomm.AsSpan(0, 20)).ShouldBeTrue();

        var rockchip = Write("krnl", [.. "KRNL"u8, .. BitConverter.GetBytes(_kernel.Length), .. _kernel, 1, 2, 3, 4]);
        CommandRun.Of("kernel", "patch", rockchip, "--acs-quirk", "1b36:000c", "--in-place").Errors.ShouldContain("error KB8012");
    }

    [Fact]
    public void A_raw_kernel_is_patched_and_the_undo_file_takes_it_back()
    {
        var patched = Path.Combine(_directory, "patched");

        var run = CommandRun.Of("kernel", "patch", _image, "--acs-quirk", "1b36:000c", "-o", patched);

        run.ExitCode.ShouldBe(0, run.Errors);
        run.Output.ShouldContain("note KB8013: isolation asserted, not enforced");
        File.ReadAllBytes(_image).ShouldBe(_kernel);
        CommandRun.Of("kernel", "tables", patched).Output.ShouldContain("1b36:000c pci_quirk_mf_endpoint_acs");
        CommandRun
            .Of("kernel", "patch", patched, "--apply", patched + ".undo", "--undo", Path.Combine(_directory, "redo"), "--in-place").ExitCode
            .ShouldBe(0);
        File.ReadAllBytes(patched).ShouldBe(_kernel);
    }

    [Fact]
    public void A_boot_image_is_patched_packed_again_and_its_kernel_is_the_patched_one()
    {
        var boot = BootImageFile();
        var patched = Path.Combine(_directory, "patched.img");

        var run = CommandRun.Of("kernel", "patch", boot, "--acs-quirk", "1b36:000c", "-o", patched, "--json");

        run.ExitCode.ShouldBe(0, run.Errors);
        CommandRun.Of("boot", "verify", patched).ExitCode.ShouldBe(0);
        CommandRun.Of("kernel", "tables", patched).Output.ShouldContain("1b36:000c pci_quirk_mf_endpoint_acs");
        CommandRun.Of("kernel", "patch", patched, "--apply", patched + ".undo", "--in-place").ExitCode.ShouldBe(0);
        CommandRun.Of("kernel", "tables", patched).Output.ShouldBe(CommandRun.Of("kernel", "tables", boot).Output);
    }

    [Fact]
    public void A_patch_with_other_old_bytes_changes_nothing()
    {
        var run = CommandRun.Of("kernel", "patch", _image, "--bytes", "0x38:00000000:01020304", "--in-place");

        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("error KB8011");
        File.ReadAllBytes(_image).ShouldBe(_kernel);
        File.Exists(_image + ".undo").ShouldBeFalse();
        CommandRun.Of("kernel", "patch", _image).ExitCode.ShouldBe(2);
        CommandRun.Of("kernel", "patch", _image, "--acs-quirk", "1b36", "--in-place").Errors.ShouldContain("error KB9010");
        CommandRun.Of("kernel", "patch", _image, "--apply", Write("bad", "0x1 zz 00"u8.ToArray()), "--in-place").Errors.ShouldContain("error KB8014");
    }

    [Fact]
    public void An_ELF_file_is_written_and_read_again()
    {
        var elf = Path.Combine(_directory, "vmlinux");

        CommandRun.Of("kernel", "elf", _image, "-o", elf).Output.ShouldContain("symbols");

        CommandRun.Of("kernel", "symbols", elf).Output.ShouldBe(CommandRun.Of("kernel", "symbols", _image).Output);
        CommandRun.Of("kernel", "patch", elf, "--bytes", "0x38:41524d64:41524d64", "--in-place").Errors.ShouldContain("error KB8012");
    }

    [Fact]
    public void What_is_no_kernel_and_what_has_no_symbols_is_said_with_the_file_s_name()
    {
        var text = Write("notes.txt", new byte[1000]);
        CommandRun
            .Of("kernel", "symbols", text)
            .ShouldSatisfyAllConditions(run => run.ExitCode.ShouldBe(1), run => run.Errors.ShouldContain("notes.txt: error KB8001"));
        CommandRun.Of("kernel", "symbols", Path.Combine(_directory, "none")).ExitCode.ShouldBe(2);

        var bare = new byte[1 << 16];
        "ARMd"u8.CopyTo(bare.AsSpan(0x38));
        CommandRun.Of("kernel", "symbols", Write("bare", bare)).Errors.ShouldContain("bare: error KB8005");
        CommandRun.Of("kernel", "tables", Write("bare", bare)).Errors.ShouldContain("error KB8005");
        CommandRun.Of("kernel", "info", Write("bare", bare)).Output.ShouldContain("warning KB8005");
    }

    [Fact]
    public void Help_of_every_verb_has_an_example()
    {
        foreach (var verb in (string[])
        [
            "info", "config", "symbols", "callers", "trace", "strings", "properties", "tables", "disassemble", "patch", "elf",
        ])
        {
            CommandRun.Of("kernel", verb, "--help").Output.ShouldContain("kernelbuild kernel " + verb, Case.Sensitive, verb);
        }
    }

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private string BootImageFile() =>
        Write(
            "boot.img",
            BootImage
                .Create(new BootImageContents
                {
                    HeaderVersion = 4,
                    Kernel = Compressor.Compress(CompressionFormat.Lz4Legacy, _kernel),
                    Ramdisk = new byte[16],
                })
                .ToArray());

    private static JsonElement Json(string verb, params string[] arguments)
    {
        var run = CommandRun.Of(["kernel", verb, .. arguments, "--json"]);
        run.ExitCode.ShouldBe(0, run.Errors);
        var root = JsonDocument.Parse(run.Output).RootElement;
        root.GetProperty("formatVersion").GetInt32().ShouldBe(1);
        return root;
    }
}
