using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Compile;
using KernelBuild.Compression.Codecs;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Pack;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Pack;

/// <summary>Modules that clang compiles, put into a vendor_boot image; cpio unpacks the result, and depmod says what its lists must be.</summary>
public sealed class ModulesInStockImages : IDisposable
{
    private readonly TestDevice _bench = new();

    public void Dispose() => _bench.Dispose();

    [FactWith("depmod", "clang-19", "cpio")]
    public async Task A_built_module_takes_the_place_of_its_name_and_the_lists_are_depmods()
    {
        var (old, provider, user) = (Module("int old;"), Module("char a[] __attribute__((section(\"__ksymtab_strings\"))) = \"provide\";"), Module("extern int provide(int); int f(void) { return provide(1); }"));
        var vendor = Vendor(("lib/modules/data-bus.ko", old), ("lib/modules/user.ko", user), ("lib/modules/modules.dep", []), ("lib/modules/modules.load", "user.ko\n"u8.ToArray()));
        var kernel = Kernel(("data_bus.ko", provider), ("other.ko", old));

        var modules = await StockAsync(Device(), kernel);
        var edits = await modules.EditsAsync(vendor, CancellationToken.None);

        modules.Said.ShouldBe("1 module of the stock image replaced, 0 added, 1 kept");
        var unpacked = Unpack(edits.Fragments["dlkm"]);
        (await File.ReadAllBytesAsync(unpacked["lib/modules/data-bus.ko"], CancellationToken.None)).ShouldBe(provider);
        (await File.ReadAllBytesAsync(unpacked["lib/modules/user.ko"], CancellationToken.None)).ShouldBe(user);
        File.ReadAllText(unpacked["lib/modules/modules.load"]).ShouldBe("user.ko\n");
        File.ReadAllText(unpacked["lib/modules/modules.dep"]).ShouldContain("/lib/modules/user.ko: /lib/modules/data-bus.ko\n");
    }

    [FactWith("depmod", "clang-19", "cpio")]
    public async Task What_ModuleLoad_adds_stands_beside_the_others_in_an_archive_that_the_kernel_unpacks_too()
    {
        var module = Module("int one;");
        var vendor = Vendor(("lib/modules/one.ko", module), ("lib/modules/modules.dep", []));
        var modules = await StockAsync(Device() with { ModuleLoad = ["one.ko", "extra.ko"] }, Kernel(("extra.ko", module)));
        var unpacked = Unpack((await modules.EditsAsync(vendor, CancellationToken.None)).Fragments["dlkm"]);
        modules.Said.ShouldBe("0 modules of the stock image replaced, 1 added, 1 kept");
        (await File.ReadAllBytesAsync(unpacked["lib/modules/extra.ko"], CancellationToken.None)).ShouldBe(module);
        File.ReadAllText(unpacked["lib/modules/modules.load"]).ShouldBe("one.ko\nextra.ko\n");
        File.ReadAllText(unpacked["lib/modules/modules.dep"]).ShouldContain("/lib/modules/extra.ko:\n");
    }

    [FactWith("depmod")]
    public async Task Modules_that_have_no_place_are_KB5036()
    {
        async Task<string> RefusedAsync(DeviceBuild device, params (string, byte[])[] files) => (await Findings.OfAsync(
            DiagnosticCodes.ModulesUnplaced,
            async () => await (await StockAsync(device, Kernel(("card.ko", [1])))).EditsAsync(Vendor(files), CancellationToken.None))).Message;

        (await RefusedAsync(Device(), ("init", [1]))).ShouldContain("has a modules.dep");
        (await RefusedAsync(Device(), ("lib/modules/other.ko", [1]), ("lib/modules/modules.dep", []))).ShouldContain("none of the 1 modules that were built");
        (await RefusedAsync(Device() with { ModuleLoad = ["crad.ko"] }, ("lib/modules/other.ko", [1]), ("lib/modules/modules.dep", [])))
            .ShouldContain("ModuleLoad names crad.ko");
    }

    private DeviceBuild Device() => _bench.Device("path:../../linux");

    private async Task<StockModules> StockAsync(DeviceBuild device, CompiledKernel kernel) =>
        new(device, kernel, await FakeToolchain.MakeAsync(_bench, "depmod"), _bench["depmod"]);

    private static VendorBootImage Vendor(params (string Path, byte[] Content)[] files)
    {
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var ramdisk = CpioWriter.Write(files.Select(file => RamdiskEntry.File(file.Path, file.Content, mode)));
        return VendorBootImage.Create(new VendorBootContents
        {
            HeaderVersion = 4,
            Ramdisks =
            [
                new VendorRamdiskContents(Gzip.Compress(CpioWriter.Write([RamdiskEntry.File("init", new byte[] { 1 }, mode)])), 1, "platform"),
                new VendorRamdiskContents(Gzip.Compress(ramdisk), 3, "dlkm"),
            ],
        });
    }

    private CompiledKernel Kernel(params (string Name, byte[] Content)[] modules)
    {
        foreach (var (name, content) in modules)
        {
            _bench.Files.Write("built/lib/modules/6.1.0/kernel/" + name, content);
        }

        return new CompiledKernel("", "", "", "", "", [], [], 1, "make")
        {
            ModulesRoot = _bench["built"],
            Modules = [.. modules.Select(module => "lib/modules/6.1.0/kernel/" + module.Name)],
        };
    }

    private byte[] Module(string source)
    {
        var file = _bench.Files.Write("module.c", source + "\n");
        Oracle.Text(_bench["."], "clang-19", ["--target=aarch64-linux-gnu", "-c", "-o", "module.ko", file]);
        return File.ReadAllBytes(_bench["module.ko"]);
    }

    /// <summary>By path, as cpio unpacks all archives that follow one another.</summary>
    private Dictionary<string, string> Unpack(ReadOnlyMemory<byte> ramdisk)
    {
        var folder = _bench.Files.Folder("unpacked");
        var file = _bench.Files.Write("ramdisk.cpio", ramdisk.ToArray());
        Oracle.Text(folder, "sh", ["-c", $"(while cpio -iu --quiet --no-absolute-filenames 2>/dev/null; do :; done) < {file}"]);
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(path => Path.GetRelativePath(folder, path));
    }
}
