using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Device;
using KernelBuild.Flashing;
using KernelBuild.Host.Files;
using KernelBuild.Manifest;
using KernelBuild.Testing.BootImages;
using KernelBuild.Testing.Devices;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>A phone, the real fastboot to it, and a build for it with stock images.</summary>
internal sealed class FlashBench : IDisposable
{
    private const int PartitionSize = 1 << 20;

    private readonly TestDevice _device = new();
    private readonly FastbootServer _server;

    /// <param name="companions">Whether init_boot and vendor_boot are made, too.</param>
    public FlashBench(bool companions = true)
    {
        var names = companions ? (string[])["vendor_boot", "init_boot", "boot"] : ["boot"];
        foreach (var (name, number) in names.Select((name, number) => (name, number)))
        {
            foreach (var slot in (string[])["_a", "_b"])
            {
                var content = new byte[PartitionSize];
                Image(name, (number * 2) + (slot == "_a" ? 0 : 1) + 20).CopyTo(content, 0);
                Phone.Partitions[name + slot] = content;
            }

            _device.Files.Write($"stock/{name}.img", Phone.Partitions[name + "_b"].ToArray());
            Built[name] = _device.Files.Write($"artifacts/demo/{name}.img", Image(name, 40 + number));
        }

        _server = new FastbootServer(Phone);
        Stock = names.ToDictionary(name => name, name => (string?)_device[$"stock/{name}.img"], StringComparer.Ordinal);
        Original = Contents();
    }

    public TestPhone Phone { get; } = new();

    public TestLog Log { get; } = new();

    public Dictionary<string, string> Built { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string?> Stock { get; }

    public string[] Products { get; set; } = ["demo", "demo2"];

    /// <summary>What the phone held first.</summary>
    public IReadOnlyDictionary<string, string> Original { get; private set; }

    public BackupFolder Backups => BackupFolder.Of(_device.Project);

    public TestFolder Files => _device.Files;

    public DeviceBuild Device => _device.Device("path:.") with
    {
        FlashProducts = [.. Products],
        StockBootImage = Stock["boot"],
        InitBoot = Stock.TryGetValue("init_boot", out var init) ? new InitBootRequest(init, null) : null,
        VendorBoot = Stock.TryGetValue("vendor_boot", out var vendor) ? new VendorBootRequest { Stock = vendor } : null,
    };

    public FinishedBuild Build => new(
        Device.Folders,
        [.. Built.Select(image => new BuiltFile(
            image.Key + ".img", image.Value, new FileInfo(image.Value).Length, Sha256Digest.OfFile(image.Value)))],
        Kernel);

    /// <summary>What the build's kernel calls itself.</summary>
    public KernelIdentity Kernel { get; set; } = new("", "");

    public FlashOptions Options => new()
    {
        Yes = true,
        NoTrial = true,
        Serial = _server.Serial,
        Timing = new DeviceTiming { Answer = TimeSpan.FromSeconds(10), Transfer = TimeSpan.FromSeconds(10), Poll = TimeSpan.FromMilliseconds(200) },
    };

    public Task<System.Collections.Immutable.ImmutableArray<string>> FlashAsync(FlashOptions? options = null) =>
        new FlashRun(Device, Build, options ?? Options, TimeProvider.System, Log).RunAsync(TestContext.Current.CancellationToken);

    public Task<System.Collections.Immutable.ImmutableArray<string>> RollbackAsync(FlashOptions? options = null) =>
        new RollbackRun(Backups, "demo", options ?? Options, TimeProvider.System, Log).RunAsync(TestContext.Current.CancellationToken);

    public Task<System.Collections.Immutable.ImmutableArray<string>> BootAsync(FlashOptions? options = null) =>
        new MemoryBoot(Device, Build, options ?? Options with { NoTrial = false }, TimeProvider.System, Log)
            .RunAsync(TestContext.Current.CancellationToken);

    /// <summary>A digest of every partition, and the active slot.</summary>
    public IReadOnlyDictionary<string, string> Contents() => Phone.Partitions
        .Select(partition => KeyValuePair.Create(partition.Key, Sha256Digest.Of(partition.Value).ToString()))
        .Append(KeyValuePair.Create("slot", Phone.CurrentSlot))
        .ToDictionary(StringComparer.Ordinal);

    /// <summary>Whether a partition begins with a built image.</summary>
    public bool Holds(string partition, string image)
    {
        var bytes = File.ReadAllBytes(Built[image]);
        return Phone.Partitions[partition].AsSpan(0, bytes.Length).SequenceEqual(bytes);
    }

    /// <summary>What the phone holds now is what it held first.</summary>
    public void Remember() => Original = Contents();

    public void Dispose()
    {
        _server.Dispose();
        _device.Dispose();
    }

    /// <summary>An image of a partition that no other seed gives.</summary>
    public static byte[] Image(string partition, int seed)
    {
        var ramdisk = KernelBuild.BootImages.Ramdisks.CpioWriter.Write(
            [KernelBuild.BootImages.Ramdisks.RamdiskEntry.File("seed", Samples.Random(seed, 3000 + seed), (UnixFileMode)0x1a4)]);
        return partition switch
        {
            "vendor_boot" => VendorBootImage.Create(new VendorBootContents
            {
                HeaderVersion = 4, Ramdisks = [new VendorRamdiskContents(ramdisk, 1)], CommandLine = $"seed={seed}", PageSize = 4096,
            }).ToArray(),
            "init_boot" => BootImage.Create(new BootImageContents { HeaderVersion = 4, Ramdisk = ramdisk }).ToArray(),
            _ => BootImage.Create(new BootImageContents
            {
                HeaderVersion = 4, Kernel = Samples.Kernel(100_000 + (seed * 1000)), CommandLine = $"seed={seed}",
            }).ToArray(),
        };
    }
}
