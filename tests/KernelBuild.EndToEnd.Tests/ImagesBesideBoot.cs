using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Host.Processes;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// vendor_boot, init_boot and dtbo from the items of a project, taken apart by a few lines of Python after AOSP's bootimg.h and
/// dt_table.h, and compared with what dtc, fdtoverlay, gzip and cpio say.
/// </summary>
public sealed class ImagesBesideBoot : IAsyncLifetime
{
    private const string TakeApart = """
        import struct, sys
        def u32(b, at, order='<'): return struct.unpack_from(order + 'I', b, at)[0]
        def up(n, page): return (n + page - 1) // page * page
        kind, path, out = sys.argv[1:4]
        b = open(path, 'rb').read()
        if kind == 'vendor_boot':
            assert b[:8] == b'VNDRBOOT'
            page, ramdisk, dtb = u32(b, 12), u32(b, 24), u32(b, 2100)
            start = up(2128 if u32(b, 8) == 4 else 2112, page)
            open(out + '.ramdisk', 'wb').write(b[start:start + ramdisk])
            open(out + '.dtb', 'wb').write(b[start + up(ramdisk, page):][:dtb])
            print('cmdline', b[28:2076].split(b'\0')[0].decode())
            if u32(b, 8) == 4:
                at = start + up(ramdisk, page) + up(dtb, page) + up(u32(b, 2112), page)
                print('bootconfig', b[at:at + u32(b, 2124)].decode().replace('\n', '|'))
        elif kind == 'init_boot':
            assert b[:8] == b'ANDROID!' and u32(b, 8) == 0 and u32(b, 40) == 4
            open(out + '.ramdisk', 'wb').write(b[4096:4096 + u32(b, 12)])
        else:
            assert u32(b, 0, '>') == 0xd7b7ab1e
            size, count, offset = u32(b, 12, '>'), u32(b, 16, '>'), u32(b, 20, '>')
            for i in range(count):
                e = struct.unpack_from('>8I', b, offset + i * size)
                open('%s.%d' % (out, i), 'wb').write(b[e[1]:e[1] + e[0]])
                print('entry', *('%x' % word for word in e[2:]))
        """;

    private readonly MiniKernel _mini = new();

    public async ValueTask InitializeAsync()
    {
        _mini.Write("source/arch/arm64/boot/dts/vendor/one.dts", "/dts-v1/; / { compatible = \"vendor,one\"; bus: bus { mask = <1>; }; };\n");
        _mini.Write("source/arch/arm64/boot/dts/vendor/two.dts", "/dts-v1/; / { compatible = \"vendor,two\"; bus: bus { mask = <2>; }; };\n");
        _mini.Write("kernels/mini/isolate.dtso", "/dts-v1/;\n/plugin/;\n&bus { mask = <0xff>; };\n");
        _mini.Write("kernels/mini/panel.dtso", "/dts-v1/;\n/plugin/;\n&bus { panel; };\n");
        _mini.Write("kernels/mini/vendor/fstab", "/dev/block/vda\n");
        _mini.Write("take-apart.py", TakeApart);
        await _mini.PublishAsync();
    }

    public ValueTask DisposeAsync()
    {
        _mini.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_device_of_header_4_has_its_trees_in_vendor_boot_and_its_generic_ramdisk_in_init_boot()
    {
        Project("""
            <PropertyGroup>
              <VendorBootImage>true</VendorBootImage>
              <InitBootImage>true</InitBootImage>
              <VendorCommandLine>androidboot.hardware=mini</VendorCommandLine>
            </PropertyGroup>
            <ItemGroup>
              <DeviceTree Include="vendor/%2A.dtb" />
              <DeviceTreeOverlay Include="isolate.dtso" Compatible="vendor,two" />
              <VendorRamdisk Include="vendor/**" />
              <BootConfig Include="androidboot.a=1;androidboot.b=2" />
            </ItemGroup>
            """);
        var build = await _mini.BuildAsync();
        build.ExitCode.ShouldBe(0, build.Output);
        var text = await ShellAsync("""
            python3 take-apart.py vendor_boot artifacts/mini/vendor_boot.img vendor
            python3 take-apart.py init_boot artifacts/mini/init_boot.img init
            for n in one two; do dtc -q -@ -I dts -O dtb -o $n.dtb source/arch/arm64/boot/dts/vendor/$n.dts; done
            dtc -q -@ -I dts -O dtb -o isolate.dtbo kernels/mini/isolate.dtso
            fdtoverlay -i two.dtb -o two.patched isolate.dtbo
            cat one.dtb two.patched | cmp - vendor.dtb
            gzip -dc vendor.ramdisk | cpio -t --quiet
            gzip -dc init.ramdisk | cpio -t --quiet
            """);
        text.ShouldBe("cmdline androidboot.hardware=mini\nbootconfig androidboot.a=1|androidboot.b=2|\nfstab\ninit");
        build.Output.ShouldContain("packed vendor_boot.img");

        Project("");
        (await _mini.BuildAsync()).ExitCode.ShouldBe(0);
        File.Exists(Path.Combine(_mini.Artifacts, "vendor_boot.img")).ShouldBeFalse();
    }

    [Fact]
    public async Task Overlays_alone_correct_the_trees_of_the_stock_image()
    {
        Project("""
            <PropertyGroup><VendorBootImage>true</VendorBootImage></PropertyGroup>
            <ItemGroup><DeviceTree Include="vendor/one.dts;vendor/two.dts" /><DtboImage Include="panel.dtso" /><VendorRamdisk Include="vendor/**" /></ItemGroup>
            """);
        (await _mini.BuildAsync()).ExitCode.ShouldBe(0);
        File.Move(Path.Combine(_mini.Artifacts, "vendor_boot.img"), _mini.PathOf("kernels/mini/stock.img"));
        Project("""
            <PropertyGroup><StockVendorBootImage>stock.img</StockVendorBootImage></PropertyGroup>
            <ItemGroup><DeviceTreeOverlay Include="isolate.dtso" /></ItemGroup>
            """);
        var build = await _mini.BuildAsync();
        build.ExitCode.ShouldBe(0, build.Output);
        await ShellAsync("""
            python3 take-apart.py vendor_boot kernels/mini/stock.img stock
            python3 take-apart.py vendor_boot artifacts/mini/vendor_boot.img new
            for n in one two; do dtc -q -@ -I dts -O dtb -o $n.dtb source/arch/arm64/boot/dts/vendor/$n.dts; done
            dtc -q -@ -I dts -O dtb -o isolate.dtbo kernels/mini/isolate.dtso
            for n in one two; do fdtoverlay -i $n.dtb -o $n.patched isolate.dtbo; done
            cat one.dtb two.dtb | cmp - stock.dtb
            cat one.patched two.patched | cmp - new.dtb
            cmp stock.ramdisk new.ramdisk
            """);

        _mini.Write("kernels/mini/isolate.dtso", "/dts-v1/;\n/plugin/;\n&pcie9 { mask = <0xff>; };\n");
        var failed = await _mini.BuildAsync();
        failed.ExitCode.ShouldBe(1);
        failed.Output.ShouldContain("the overlays do not apply to stock-00.dtb");
    }

    [Fact]
    public async Task Dtbo_has_the_overlays_with_their_ids_by_items_and_by_mkdtboimgs_configuration_and_in_the_stock_table()
    {
        _mini.Write("kernels/mini/dtboimg.cfg", "  custom0=0x7\npanel.dtbo\n  id=0x10 # board\n  rev=1\nisolate.dtbo\n  id=17\n  custom0=8\n");
        Project("""<ItemGroup><DtboImage Include="dtboimg.cfg" /></ItemGroup>""");
        var build = await _mini.BuildAsync();
        build.ExitCode.ShouldBe(0, build.Output);
        const string compile = """
            for n in panel isolate; do dtc -q -@ -I dts -O dtb -o $n.dtbo kernels/mini/$n.dtso; done
            python3 take-apart.py dtbo artifacts/mini/dtbo.img dtbo
            """;
        (await ShellAsync(compile + "\ncmp panel.dtbo dtbo.0; cmp isolate.dtbo dtbo.1")).ShouldBe("entry 10 1 7 0 0 0\nentry 11 0 8 0 0 0");

        File.Move(Path.Combine(_mini.Artifacts, "dtbo.img"), _mini.PathOf("kernels/mini/stock-dtbo.img"));
        Project("""
            <PropertyGroup><StockDtboImage>stock-dtbo.img</StockDtboImage></PropertyGroup>
            <ItemGroup><DtboImage Include="isolate.dtso" Id="0x10" Rev="1" Custom0="7" /><DtboImage Include="panel.dtso" Id="99" /></ItemGroup>
            """);
        var second = await _mini.BuildAsync();
        second.ExitCode.ShouldBe(0, second.Output);
        (await ShellAsync(compile + "\ncmp isolate.dtbo dtbo.0; cmp isolate.dtbo dtbo.1; cmp panel.dtbo dtbo.2"))
            .ShouldBe("entry 10 1 7 0 0 0\nentry 11 0 8 0 0 0\nentry 63 0 0 0 0 0");
        second.Output.ShouldContain("entry 0 (id 0x10, rev 0x1) was replaced");
    }

    [Fact]
    public async Task Trees_stand_behind_the_kernel_of_an_old_header_where_unpack_bootimg_finds_them()
    {
        Project("""
            <PropertyGroup><BootImageVersion>1</BootImageVersion><AppendDeviceTrees>true</AppendDeviceTrees></PropertyGroup>
            <ItemGroup><DeviceTree Include="vendor/one.dts" /></ItemGroup>
            """);
        var build = await _mini.BuildAsync();
        build.ExitCode.ShouldBe(0, build.Output);
        await ShellAsync("""
            unpack_bootimg --boot_img artifacts/mini/boot.img --out unpacked > /dev/null
            cat artifacts/mini/Image.gz artifacts/mini/dtbs/one.dtb | cmp - unpacked/kernel
            dtc -q -I dts -O dtb source/arch/arm64/boot/dts/vendor/one.dts | cmp - artifacts/mini/dtbs/one.dtb
            """);
    }

    [Theory]
    [InlineData("<ItemGroup><DeviceTree Include=\"vendor/one.dts\" /></ItemGroup>", "KB5035", "one.dts reaches no image")]
    [InlineData("<ItemGroup><DeviceTreeOverlay Include=\"isolate.dtso\" /></ItemGroup>", "KB5035", "isolate.dtso applies to no device tree")]
    [InlineData(
        "<PropertyGroup><VendorBootImage>true</VendorBootImage></PropertyGroup><ItemGroup><DeviceTree Include=\"vendor/oen.dts\" /></ItemGroup>",
        "KB4006", "did you mean one.dts?")]
    [InlineData(
        "<PropertyGroup><VendorBootImage>true</VendorBootImage></PropertyGroup><ItemGroup><DeviceTree Include=\"other/%2A.dts\" /></ItemGroup>",
        "KB4006", "finds no source")]
    [InlineData(
        "<PropertyGroup><StockVendorBootImage>mini.config</StockVendorBootImage></PropertyGroup>", "KB5001", "mini.config")]
    [InlineData(
        "<PropertyGroup><VendorBootImage>true</VendorBootImage></PropertyGroup><ItemGroup><DeviceTree Include=\"vendor/one.dts\" />"
        + "<DeviceTreeOverlay Include=\"isolate.dtso\" Compatible=\"vendor,three\" /></ItemGroup>",
        "KB4006", "the trees are for vendor,one")]
    public async Task What_would_reach_no_image_is_an_error(string items, string code, string words)
    {
        Project(items);
        var build = await _mini.BuildAsync();
        build.ExitCode.ShouldNotBe(0, build.Output);
        build.Output.ShouldContain(code);
        build.Output.ShouldContain(words);
    }

    [FactWith("xz", "amlogic-vendor_boot-v3.img.xz")]
    public async Task A_real_image_whose_trees_stand_in_a_container_is_refused_before_anything_is_fetched()
    {
        await File.WriteAllBytesAsync(
            _mini.PathOf("kernels/mini/stock.img"), Cases.Unpack("amlogic-vendor_boot-v3.img.xz"), TestContext.Current.CancellationToken);
        Project("""
            <PropertyGroup><StockVendorBootImage>stock.img</StockVendorBootImage></PropertyGroup>
            <ItemGroup><DeviceTreeOverlay Include="isolate.dtso" /></ItemGroup>
            """);
        var build = await _mini.BuildAsync();
        build.ExitCode.ShouldBe(1, build.Output);
        build.Output.ShouldContain("KB5031");
        build.Output.ShouldContain("do not stand one directly after another: at byte 0");
    }

    [Fact]
    public async Task A_tree_that_is_only_to_be_compiled_is_a_product()
    {
        Project("""
            <PropertyGroup><DeviceTreesInImage>false</DeviceTreesInImage></PropertyGroup>
            <ItemGroup><DeviceTree Include="vendor/one.dts" /></ItemGroup>
            """);
        var build = await _mini.BuildAsync();
        build.ExitCode.ShouldBe(0, build.Output);
        File.Exists(Path.Combine(_mini.Artifacts, "dtbs", "one.dtb")).ShouldBeTrue();
    }

    /// <summary>What a vbmeta image says, and whether its signature holds, after AOSP's avb_vbmeta_image.h and with openssl and sha256.</summary>
    private const string ReadVbmeta = """
        import hashlib, struct, subprocess, sys
        b = open('artifacts/mini/vbmeta.img', 'rb').read()
        assert b[:4] == b'AVB0'
        auth, aux = struct.unpack_from('>2Q', b, 12)
        algorithm, = struct.unpack_from('>I', b, 28)
        hash_at, hash_size, sig_at, sig_size, key_at, key_size = struct.unpack_from('>6Q', b, 32)
        desc_at, desc_size, rollback = struct.unpack_from('>QQ', b, 96) + struct.unpack_from('>Q', b, 112)
        signed, block = b[:256] + b[256 + auth:256 + auth + aux], b[256 + auth:]
        print('algorithm', algorithm, 'rollback', rollback, 'size', len(b))
        if algorithm:
            open('signature', 'wb').write(b[256 + sig_at:256 + sig_at + sig_size])
            open('signed', 'wb').write(signed)
            subprocess.run('openssl dgst -sha256 -verify kernels/mini/public.pem -signature signature signed', shell=True, check=True)
        at = desc_at
        while at < desc_at + desc_size:
            tag, length = struct.unpack_from('>2Q', block, at)
            if tag == 2:
                size, = struct.unpack_from('>Q', block, at + 16)
                name, salt, digest = struct.unpack_from('>3I', block, at + 56)
                text = block[at + 132:at + 132 + name + salt + digest]
                image = open('artifacts/mini/%s.img' % text[:name].decode(), 'rb').read()
                right = hashlib.sha256(text[name:name + salt] + image[:size]).digest() == text[name + salt:]
                print('hash', text[:name].decode(), size == len(image), right)
            else:
                print('other', tag)
            at += 16 + length
        """;

    [FactWith("openssl")]
    public async Task The_devices_vbmeta_image_names_the_images_that_were_built_and_its_signature_holds()
    {
        _mini.Write("read-vbmeta.py", ReadVbmeta);
        await ShellAsync("cd kernels/mini && openssl genrsa -out key.pem 4096 2> /dev/null && openssl rsa -in key.pem -pubout -out public.pem 2> /dev/null");
        var descriptors = ((string[])["boot", "system"]).Select(name => HashDescriptor.Create(name, "sha256", 4096, new byte[] { 1, 2, 3 }, new byte[32]));
        var structure = VbmetaWriter.Write(new VbmetaContents
        {
            Descriptors = [.. descriptors.Append<AvbDescriptor>(PropertyDescriptor.Create("a", "b"u8.ToArray()))], RollbackIndex = 7, ReleaseString = "avbtool 1.3.0",
        });
        Array.Resize(ref structure, 64 << 10);
        await File.WriteAllBytesAsync(_mini.PathOf("kernels/mini/stock-vbmeta.img"), structure, TestContext.Current.CancellationToken);
        const string stock = "<StockVbmetaImage>stock-vbmeta.img</StockVbmetaImage>";

        Project($"<PropertyGroup>{stock}<VbmetaImageKey>key.pem</VbmetaImageKey></PropertyGroup>");
        var build = await _mini.BuildAsync();
        build.ExitCode.ShouldBe(0, build.Output);
        // of a partition that was not built it says what it said
        (await ShellAsync("cp artifacts/mini/boot.img artifacts/mini/system.img && python3 read-vbmeta.py && rm artifacts/mini/system.img")).ShouldBe(
            "algorithm 2 rollback 7 size 65536\nVerified OK\nhash boot True True\nhash system False False\nother 0");
        build.Output.ShouldContain("packed vbmeta.img");

        Project($"<PropertyGroup>{stock}</PropertyGroup>");
        var unsigned = await _mini.BuildAsync();
        unsigned.ExitCode.ShouldBe(0, unsigned.Output);
        (await ShellAsync("cp artifacts/mini/boot.img artifacts/mini/system.img && python3 read-vbmeta.py && rm artifacts/mini/system.img"))
            .ShouldStartWith("algorithm 0 rollback 7 size 65536\nhash boot True True\n");

        // one that names nothing of what the build makes is refused before anything is fetched
        await File.WriteAllBytesAsync(
            _mini.PathOf("kernels/mini/stock-vbmeta.img"), VbmetaWriter.Write(new VbmetaContents { Descriptors = [HashDescriptor.Create(
                "dtbo", "sha256", 4096, default, new byte[32])] }), TestContext.Current.CancellationToken);
        var refused = await _mini.BuildAsync();
        refused.ExitCode.ShouldBe(1, refused.Output);
        refused.Output.ShouldContain("StockVbmetaImage says nothing of what the build makes (boot)");
        Project("<PropertyGroup><VbmetaImageKey>key.pem</VbmetaImageKey></PropertyGroup>");
        (await _mini.BuildAsync()).Output.ShouldContain("VbmetaImageKey signs the AVB metadata of StockVbmetaImage, which the project does not name");
    }

    private void Project(string extra) => _mini.Write("kernels/mini/mini.kernelproj", MiniKernel.Project("console=ttyAMA0", extra));

    private async Task<string> ShellAsync(string script)
    {
        var result = await Repository.RunAsync(Command.WithFullEnvironment("sh").WithArguments("-c", "set -e\n" + script).In(_mini.Root));
        result.ExitCode.ShouldBe(0, result.Output);
        return result.Output;
    }
}
