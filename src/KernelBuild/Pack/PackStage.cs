using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compile;
using KernelBuild.Compression.Codecs;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Stages;

namespace KernelBuild.Pack;

/// <summary>Kernel and ramdisk become boot.img, which is read back from the disk and proved to hold them.</summary>
public sealed class PackStage(DeviceBuild device, BuildOptions options, CacheFolder cache, StageRecords records, IBuildLog log)
{
    private const string Stage = "pack";
    private const int Version = 1;

    private string BootImageFile => Path.Combine(device.Folders.Artifacts, "boot.img");

    /// <returns>Every product, by its name below the artifacts folder.</returns>
    /// <exception cref="DiagnosticException">KB5003 to KB5012.</exception>
    public async Task<ImmutableArray<string>> RunAsync(CompiledKernel kernel, CancellationToken cancellationToken)
    {
        var products = Products(kernel);
        var ramdisk = await new RamdiskContents(device, options, cache, log).ReadAsync(cancellationToken);
        var cpio = CpioWriter.Write(ramdisk);
        var finished = Key(kernel, cpio);
        var names = products.Select(product => product.Name).Prepend("boot.img").ToImmutableArray();
        if (records.Find(Stage, finished) is { } known && known.GetValueOrDefault("stamps") == Stamps(names))
        {
            return names;
        }

        records.Clear(Stage);
        Directory.CreateDirectory(device.Folders.Artifacts);
        RemoveStale(names);
        foreach (var (name, file) in products)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(device.Folders.Artifacts, name))!);
            AtomicFile.Copy(file, Path.Combine(device.Folders.Artifacts, name));
        }

        await PackAsync(kernel, cpio, cancellationToken);
        records.Set(Stage, finished, new() { ["stamps"] = Stamps(names) });
        return names;
    }

    /// <summary>What has left the project, a device tree or another form of the kernel, must not be flashed by mistake.</summary>
    private void RemoveStale(ImmutableArray<string> names)
    {
        var root = device.Folders.Artifacts;
        var trees = Path.Combine(root, "dtbs");
        foreach (var file in Directory.EnumerateFiles(root).Concat(Directory.Exists(trees) ? Directory.EnumerateFiles(trees) : []))
        {
            if (!names.Contains(Path.GetRelativePath(root, file)))
            {
                File.Delete(file);
            }
        }
    }

    private async Task PackAsync(CompiledKernel kernel, byte[] cpio, CancellationToken cancellationToken)
    {
        if (device.StockBootImage is not null)
        {
            await PackIntoStockAsync(kernel, cpio, cancellationToken);
            return;
        }

        var stored = Compressed(cpio);
        var dtb = DeviceTreeBlob(kernel);
        var image = BootImage.Create(new BootImageContents
        {
            HeaderVersion = (uint)device.BootImageVersion,
            Kernel = await File.ReadAllBytesAsync(kernel.BootKernel, cancellationToken),
            Ramdisk = stored,
            Dtb = dtb,
            CommandLine = device.CommandLine,
            Name = device.BootImageVersion < 3 ? device.Name[..Math.Min(15, device.Name.Length)] : "",
            OsVersion = OsVersion.Parse(device.OsVersion, device.OsPatchLevel),
            PageSize = device.BootImageVersion < 3 ? (uint)device.PageSize : null,
        });
        AtomicFile.Write(BootImageFile, image.ToSequence());

        // from the disk, not from memory: what counts is what will be flashed
        var written = await File.ReadAllBytesAsync(BootImageFile, cancellationToken);
        var expectation = new ImageExpectation
        {
            IsNew = true,
            Kernel = ExpectedContent.Exactly(await File.ReadAllBytesAsync(kernel.Image, cancellationToken)),
            Ramdisk = ExpectedContent.ExactlyStored(stored),
            Dtb = dtb.Length > 0 ? ExpectedContent.ExactlyStored(dtb) : ExpectedContent.Absent,
        };
        Reject(ImageProof.Check(written, expectation, out _));
        log.Status(string.Create(
            CultureInfo.InvariantCulture,
            $"packed boot.img, header version {device.BootImageVersion}, {written.Length} bytes; read back: it holds the Image that was built"));
    }

    private async Task PackIntoStockAsync(CompiledKernel kernel, byte[] cpio, CancellationToken cancellationToken)
    {
        var edited = new StockImage(device).Pack(
            await File.ReadAllBytesAsync(kernel.BootKernel, cancellationToken), device.Ramdisk.IsEmpty ? (ReadOnlyMemory<byte>?)null : cpio, DeviceTreesForStock(kernel));
        AtomicFile.Write(BootImageFile, edited.Bytes);

        // from the disk, not from memory: what counts is what will be flashed
        var expected = edited.Expectation with { Kernel = ExpectedContent.Exactly(await File.ReadAllBytesAsync(kernel.Image, cancellationToken)) };
        Reject(ImageProof.Check(await File.ReadAllBytesAsync(BootImageFile, cancellationToken), expected, out _));
        foreach (var finding in edited.Findings)
        {
            log.Report(finding with { File = BootImageFile });
        }

        log.Status(string.Create(CultureInfo.InvariantCulture, $"packed boot.img into the stock image, {edited.Bytes.Length} bytes; read back: it holds the Image that was built"));
    }

    private byte[] DeviceTreesForStock(CompiledKernel kernel) =>
        device.BootImageVersion == 2 ? [.. kernel.DeviceTrees.SelectMany(File.ReadAllBytes)] : [];

    private void Reject(IReadOnlyList<Diagnostic> findings)
    {
        if (findings.Any(finding => finding.Severity == DiagnosticSeverity.Error))
        {
            File.Move(BootImageFile, BootImageFile + ".rejected", overwrite: true);
            throw new DiagnosticException([.. findings.Select(finding => finding with { File = BootImageFile + ".rejected" })]);
        }
    }

    /// <summary>The gzip stream of the ramdisk; compressing is the slowest step of packing, and the ramdisk seldom changes.</summary>
    private byte[] Compressed(byte[] cpio)
    {
        const string step = "ramdisk";
        var file = Path.Combine(device.Folders.Work, "ramdisk.gz");
        using var key = new ContentKey(step, Version).Add("cpio", SHA256.HashData(cpio));
        var finished = key.Finish();
        if (records.Find(step, finished) is { } known && File.Exists(file))
        {
            var kept = File.ReadAllBytes(file);
            if (Sha256Digest.Of(kept).ToString() == known.GetValueOrDefault("sha256"))
            {
                return kept;
            }
        }

        var compressed = Gzip.Compress(cpio);
        AtomicFile.Write(file, compressed);
        records.Set(step, finished, new() { ["sha256"] = Sha256Digest.Of(compressed).ToString() });
        return compressed;
    }

    private byte[] DeviceTreeBlob(CompiledKernel kernel)
    {
        if (device.BootImageVersion != 2)
        {
            return [];
        }

        return kernel.DeviceTrees.Length > 0
            ? [.. kernel.DeviceTrees.SelectMany(File.ReadAllBytes)]
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.DeviceTreeMissing,
                "a boot image of header version 2 carries a device tree, and the device has none",
                "add a DeviceTree item, or set BootImageVersion to 4") with
            { File = device.ProjectFile });
    }

    private string Key(CompiledKernel kernel, byte[] cpio)
    {
        using var key = new ContentKey(Stage, Version)
            .AddFile("image", kernel.Image)
            .AddFile("kernel", kernel.BootKernel)
            .AddFile("map", kernel.SystemMap)
            .AddFile("config", kernel.Config)
            .Add("vmlinux", FileStamp.Of(kernel.Vmlinux)?.ToString() ?? "")
            .Add("ramdisk", SHA256.HashData(cpio))
            .Add("version", device.BootImageVersion.ToString(CultureInfo.InvariantCulture))
            .Add("page", device.PageSize.ToString(CultureInfo.InvariantCulture))
            .Add("cmdline", device.CommandLine)
            .Add("os", device.OsVersion + " " + device.OsPatchLevel)
            .Add("name", device.Name)
            .Add("stock", Digest(device.StockBootImage))
            .Add("key", Digest(device.BootImageKey));
        foreach (var tree in kernel.DeviceTrees.Concat(kernel.Overlays))
        {
            key.AddFile(Path.GetFileName(tree), tree);
        }

        return key.Finish();
    }

    private static byte[] Digest(string? file) => file is not null && File.Exists(file) ? SHA256.HashData(File.ReadAllBytes(file)) : [];

    private string Stamps(ImmutableArray<string> names) =>
        string.Join(' ', names.Select(name => FileStamp.Of(Path.Combine(device.Folders.Artifacts, name))?.ToString() ?? "absent"));

    private static (string Name, string File)[] Products(CompiledKernel kernel)
    {
        var products = new List<(string, string)>
        {
            ("Image", kernel.Image),
            ("System.map", kernel.SystemMap),
            ("config", kernel.Config),
            ("vmlinux", kernel.Vmlinux),
        };
        if (kernel.BootKernel != kernel.Image)
        {
            products.Add((Path.GetFileName(kernel.BootKernel), kernel.BootKernel));
        }

        products.AddRange(kernel.DeviceTrees.Concat(kernel.Overlays).Select(tree => ("dtbs/" + Path.GetFileName(tree), tree)));
        return [.. products];
    }
}
