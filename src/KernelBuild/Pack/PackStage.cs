using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Verification;
using KernelBuild.Compile;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Stages;
using KernelBuild.Toolchains;

namespace KernelBuild.Pack;

/// <summary>
/// Kernel, ramdisks, device trees and modules become boot.img and the images beside it, each of which is read back from the disk and proved
/// to hold them.
/// </summary>
/// <param name="toolchain">For depmod, where modules go into a stock image; else null.</param>
/// <remarks>KB5003 to KB5012.</remarks>
public sealed class PackStage(DeviceBuild device, StageRecords records, IBuildLog log, Toolchain? toolchain = null)
    : Stage<PackInput, PackedImages>(records)
{
    protected override string Name => "pack";

    protected override int Version => 1;

    protected override JsonTypeInfo<PackedImages> ResultType => PackJson.Default.PackedImages;

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
            .Add("append", device.AppendDeviceTrees ? "yes" : "no")
            .Add("load", string.Join('\n', device.ModuleLoad))
            .Add("init_boot", JsonSerializer.Serialize(device.InitBoot, DeviceJson.Default.InitBootRequest))
            .Add("vendor_boot", JsonSerializer.Serialize(device.VendorBoot, DeviceJson.Default.VendorBootRequest))
            .Add("vendor ramdisk", SHA256.HashData(input.VendorCpio.Span))
            .Add("vbmeta", device.Vbmeta is null ? "" : "yes")
            .Add("dtbo", JsonSerializer.Serialize(device.Dtbo, DeviceJson.Default.DtboRequest));
        foreach (var file in device.StockFiles)
        {
            key.Add(file, Digest(file));
        }

        foreach (var tree in kernel.DeviceTrees.Concat(kernel.Overlays).Concat(kernel.DtboEntries.Select(entry => entry.File)))
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
        var images = await ImagesAsync(input, cancellationToken);
        var names = images.Select(image => image.Name).Concat(products.Select(product => product.Name)).ToImmutableArray();
        Directory.CreateDirectory(device.Folders.Artifacts);
        RemoveStale(names);
        foreach (var (name, file) in products)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(device.Folders.Artifacts, name))!);
            AtomicFile.Copy(file, Path.Combine(device.Folders.Artifacts, name));
        }

        foreach (var image in images)
        {
            await WriteAsync(image, cancellationToken);
        }

        RequireVouched([.. images.Select(image => image.Name)]);
        return new PackedImages(names, Stamps(names));
    }

    /// <summary>The same from the disk for vbmeta.img and what stands beside it: each is judged by what it says.</summary>
    private void RequireVouched(ImmutableArray<string> names)
    {
        if (device.Vbmeta is null)
        {
            return;
        }

        var read = names.Select(name => Path.Combine(device.Folders.Artifacts, name)).Select(path =>
            new LockImage(path, Path.GetFileNameWithoutExtension(path), StockFile.Read(path), [])).ToArray();
        var root = read.Single(image => image.Partition == "vbmeta");
        if (LockCheck.Denied(root, read.Where(image => image != root)).FirstOrDefault() is { } denied)
        {
            File.Move(root.Path, root.Path + ".rejected", overwrite: true);
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.StockVbmetaRefuses, $"the vbmeta.img that was made does not vouch for {denied.Partition}.img: {denied.Why}",
                "leave StockVbmetaImage out, and report it with the output of: kernelbuild avb lock-check") with
            { File = root.Path + ".rejected" });
        }
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

    private async Task<ImmutableArray<ImageToPack>> ImagesAsync(PackInput input, CancellationToken cancellationToken)
    {
        var images = ImmutableArray.CreateBuilder<ImageToPack>();
        var (created, stock, kernel) = (new NewImages(device, input.Kernel), new StockImages(device), input.Kernel);
        var stored = await StoredKernelAsync(kernel, cancellationToken);
        var expected = await ExpectedAsync(kernel, stored, cancellationToken);
        var given = device.Ramdisk.IsEmpty ? default(ReadOnlyMemory<byte>?) : input.Cpio;
        if (device.StockBootImage is null)
        {
            var ramdisk = device.InitBoot is null ? await CompressAsync("ramdisk", input.Cpio, cancellationToken) : default;
            images.Add(created.Boot(ramdisk, stored, expected));
        }
        else
        {
            var edited = stock.Boot(stored, device.InitBoot is null ? given : null, Trees(kernel));
            images.Add(FromStock("boot.img", edited with { Expectation = edited.Expectation with { Kernel = expected } }));
        }

        if (device.InitBoot is { } initBoot)
        {
            images.Add(initBoot.Stock is null
                ? created.InitBoot(await CompressAsync("ramdisk", input.Cpio, cancellationToken))
                : FromStock("init_boot.img", stock.InitBoot(given)));
        }

        if (device.VendorBoot is { } vendorBoot)
        {
            images.Add(vendorBoot.Stock is null
                ? created.VendorBoot(vendorBoot, await CompressAsync("vendor-ramdisk", input.VendorCpio, cancellationToken))
                : FromStock("vendor_boot.img", stock.VendorBoot(await VendorRamdiskAsync(input, cancellationToken), Trees(kernel))));
        }

        if (device.Dtbo is { } dtbo)
        {
            images.Add(dtbo.Stock is null ? created.Dtbo(dtbo) : FromStock("dtbo.img", stock.Dtbo(kernel)));
        }

        if (device.Vbmeta is not null)
        {
            images.Add(FromStock("vbmeta.img", stock.Vbmeta(
                [.. images.Select(image => (image.Image.Bytes, Path.GetFileNameWithoutExtension(image.Name)))])));
        }

        return images.ToImmutable();
    }

    private static ImageToPack FromStock(string name, EditedImage edited) => new(name, edited, "from the stock image");

    private async Task<ImageEdits> VendorRamdiskAsync(PackInput input, CancellationToken cancellationToken)
    {
        var request = device.VendorBoot!;
        if (!request.Modules)
        {
            return new ImageEdits { Ramdisk = StockImages.Given(input.VendorCpio) };
        }

        var file = StockFile.Read(request.Stock!);
        var modules = new StockModules(device, input.Kernel, toolchain!, Path.Combine(device.Folders.Work, "stock-modules"));
        var edits = await modules.EditsAsync(
            file.VendorBoot ?? throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible, $"StockVendorBootImage is a {file.Kind} image", "give the vendor_boot image") with
            { File = request.Stock }),
            cancellationToken);
        log.Status(modules.Said);
        return edits;
    }

    private async Task<ReadOnlyMemory<byte>> CompressAsync(string name, ReadOnlyMemory<byte> cpio, CancellationToken cancellationToken)
    {
        if (cpio.IsEmpty)
        {
            return default;
        }

        var stage = new RamdiskStage(device.Folders, Records, name);
        await stage.RunAsync(cpio, cancellationToken);
        return await File.ReadAllBytesAsync(stage.StreamFile, cancellationToken);
    }

    /// <summary>Writes an image, and proves from the disk, not from memory, that it is the one: what counts is what will be flashed.</summary>
    private async Task WriteAsync(ImageToPack image, CancellationToken cancellationToken)
    {
        var file = Path.Combine(device.Folders.Artifacts, image.Name);
        AtomicFile.Write(file, image.Image.Bytes);
        Reject(file, ImageProof.Check(await File.ReadAllBytesAsync(file, cancellationToken), image.Image.Expectation, out _));
        foreach (var finding in image.Image.Findings)
        {
            log.Report(finding with { File = finding.File ?? file });
        }

        log.Status(string.Create(
            CultureInfo.InvariantCulture,
            $"packed {image.Name}, {image.What}, {image.Image.Bytes.Length} bytes; read back: it holds what was built"));
    }

    /// <summary>As it goes into boot.img: with the device trees behind it where the project wants them there.</summary>
    private async Task<ReadOnlyMemory<byte>> StoredKernelAsync(CompiledKernel kernel, CancellationToken cancellationToken)
    {
        var stored = await File.ReadAllBytesAsync(kernel.BootKernel, cancellationToken);
        return device.AppendDeviceTrees ? (byte[])[.. stored, .. kernel.DeviceTrees.SelectMany(File.ReadAllBytes)] : stored;
    }

    /// <summary>The Image, in whatever compression; with device trees appended, or as ELF, the file itself.</summary>
    private async Task<ExpectedContent> ExpectedAsync(CompiledKernel kernel, ReadOnlyMemory<byte> stored, CancellationToken cancellationToken) =>
        device.KernelImage == "vmlinux" || device.AppendDeviceTrees || device.KernelImage.EndsWith("-dtb", StringComparison.Ordinal)
            ? ExpectedContent.ExactlyStored(stored)
            : ExpectedContent.Exactly(await File.ReadAllBytesAsync(kernel.Image, cancellationToken));

    private static byte[] Trees(CompiledKernel kernel) => [.. kernel.DeviceTrees.SelectMany(File.ReadAllBytes)];

    private static void Reject(string file, IReadOnlyList<Diagnostic> findings)
    {
        if (findings.Any(finding => finding.Severity == DiagnosticSeverity.Error))
        {
            File.Move(file, file + ".rejected", overwrite: true);
            throw new DiagnosticException([.. findings.Select(finding => finding with { File = file + ".rejected" })]);
        }
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

        products.AddRange(TreesByName(kernel));
        products.AddRange(kernel.Modules.Select(file => ("modules/" + file, Path.Combine(kernel.ModulesRoot!, file))));
        return [.. products];
    }

    /// <summary>Below dtbs/, by their file names; where two vendors' folders have the same one, the folder's name stands in front.</summary>
    private static IEnumerable<(string Name, string File)> TreesByName(CompiledKernel kernel) => kernel.DeviceTrees
        .Concat(kernel.Overlays)
        .Concat(kernel.DtboEntries.Select(entry => entry.File))
        .Distinct(StringComparer.Ordinal)
        .GroupBy(file => Path.GetFileName(file), StringComparer.Ordinal)
        .SelectMany(group => group.Count() == 1
            ? group.Select(file => ("dtbs/" + group.Key, file))
            : group.Select(file => ($"dtbs/{Path.GetFileName(Path.GetDirectoryName(file))}/{group.Key}", file)));
}
