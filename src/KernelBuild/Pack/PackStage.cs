using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Stages;

namespace KernelBuild.Pack;

/// <summary>Kernel and ramdisk become boot.img, which is read back from the disk and proved to hold them.</summary>
/// <remarks>KB5003 to KB5012.</remarks>
public sealed class PackStage(DeviceBuild device, StageRecords records, IBuildLog log) : Stage<PackInput, PackedImages>(records)
{
    protected override string Name => "pack";

    protected override int Version => 1;

    protected override JsonTypeInfo<PackedImages> ResultType => PackJson.Default.PackedImages;

    private string BootImageFile => Path.Combine(device.Folders.Artifacts, "boot.img");

    protected override ValueTask AddInputsAsync(ContentKey key, PackInput input, CancellationToken cancellationToken)
    {
        var kernel = input.Kernel;
        key.AddFile("image", kernel.Image)
            .AddFile("kernel", kernel.BootKernel)
            .AddFile("map", kernel.SystemMap)
            .AddFile("config", kernel.Config)
            .Add("vmlinux", FileStamp.Of(kernel.Vmlinux)?.ToString() ?? "")
            .Add("ramdisk", SHA256.HashData(input.Cpio.Span))
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

        foreach (var module in kernel.Modules)
        {
            key.AddFile(module, Path.Combine(kernel.ModulesRoot!, module));
        }

        return ValueTask.CompletedTask;
    }

    protected override ValueTask<bool> StandsAsync(PackedImages result, CancellationToken cancellationToken) =>
        ValueTask.FromResult(result.Stamps == Stamps(result.Names));

    protected override async Task<PackedImages> ExecuteAsync(PackInput input, PackedImages? last, CancellationToken cancellationToken)
    {
        var products = Products(input.Kernel);
        var names = products.Select(product => product.Name).Prepend("boot.img").ToImmutableArray();
        Directory.CreateDirectory(device.Folders.Artifacts);
        RemoveStale(names);
        foreach (var (name, file) in products)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(device.Folders.Artifacts, name))!);
            AtomicFile.Copy(file, Path.Combine(device.Folders.Artifacts, name));
        }

        await PackAsync(input.Kernel, input.Cpio, cancellationToken);
        return new PackedImages(names, Stamps(names));
    }

    /// <summary>What has left the project, a device tree or another form of the kernel, must not be flashed by mistake.</summary>
    private void RemoveStale(ImmutableArray<string> names)
    {
        var root = device.Folders.Artifacts;
        var everything = new EnumerationOptions { RecurseSubdirectories = true };
        var below = ((string[])["dtbs", "modules"]).Select(name => Path.Combine(root, name)).Where(Directory.Exists);
        foreach (var file in Directory.EnumerateFiles(root).Concat(below.SelectMany(folder => Directory.EnumerateFiles(folder, "*", everything))))
        {
            if (!names.Contains(Path.GetRelativePath(root, file)))
            {
                File.Delete(file);
            }
        }
    }

    private async Task PackAsync(CompiledKernel kernel, ReadOnlyMemory<byte> cpio, CancellationToken cancellationToken)
    {
        if (device.StockBootImage is not null)
        {
            await PackIntoStockAsync(kernel, cpio, cancellationToken);
            return;
        }

        var ramdisk = new RamdiskStage(device.Folders, Records);
        await ramdisk.RunAsync(cpio, cancellationToken);
        var stored = await File.ReadAllBytesAsync(ramdisk.StreamFile, cancellationToken);
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
            Kernel = await ExpectedAsync(kernel, cancellationToken),
            Ramdisk = ExpectedContent.ExactlyStored(stored),
            Dtb = dtb.Length > 0 ? ExpectedContent.ExactlyStored(dtb) : ExpectedContent.Absent,
        };
        Reject(ImageProof.Check(written, expectation, out _));
        log.Status(string.Create(
            CultureInfo.InvariantCulture,
            $"packed boot.img, header version {device.BootImageVersion}, {written.Length} bytes; read back: it holds the Image that was "
            + $"built"));
    }

    private async Task PackIntoStockAsync(CompiledKernel kernel, ReadOnlyMemory<byte> cpio, CancellationToken cancellationToken)
    {
        var edited = new StockImage(device).Pack(
            await File.ReadAllBytesAsync(kernel.BootKernel, cancellationToken), device.Ramdisk.IsEmpty ? null : cpio,
            DeviceTreesForStock(kernel));
        AtomicFile.Write(BootImageFile, edited.Bytes);

        // from the disk, not from memory: what counts is what will be flashed
        var expected = edited.Expectation with { Kernel = await ExpectedAsync(kernel, cancellationToken) };
        Reject(ImageProof.Check(await File.ReadAllBytesAsync(BootImageFile, cancellationToken), expected, out _));
        foreach (var finding in edited.Findings)
        {
            log.Report(finding with { File = BootImageFile });
        }

        log.Status(string.Create(
            CultureInfo.InvariantCulture,
            $"packed boot.img into the stock image, {edited.Bytes.Length} bytes; read back: it holds the Image that was built"));
    }

    /// <summary>The Image, in whatever compression; with device trees appended, or as ELF, the file itself.</summary>
    private async Task<ExpectedContent> ExpectedAsync(CompiledKernel kernel, CancellationToken cancellationToken) =>
        device.KernelImage == "vmlinux" || device.KernelImage.EndsWith("-dtb", StringComparison.Ordinal)
            ? ExpectedContent.ExactlyStored(await File.ReadAllBytesAsync(kernel.BootKernel, cancellationToken))
            : ExpectedContent.Exactly(await File.ReadAllBytesAsync(kernel.Image, cancellationToken));

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
        if (kernel.BootKernel != kernel.Image && kernel.BootKernel != kernel.Vmlinux)
        {
            products.Add((Path.GetFileName(kernel.BootKernel), kernel.BootKernel));
        }

        products.AddRange(kernel.DeviceTrees.Concat(kernel.Overlays).Select(tree => ("dtbs/" + Path.GetFileName(tree), tree)));
        products.AddRange(kernel.Modules.Select(file => ("modules/" + file, Path.Combine(kernel.ModulesRoot!, file))));
        return [.. products];
    }
}
