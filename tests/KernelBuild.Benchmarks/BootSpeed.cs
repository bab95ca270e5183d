using System.Diagnostics;
using System.Globalization;

namespace KernelBuild.Benchmarks;

/// <summary>
/// Whole processes on an image of 64 MiB: ours, published as it is installed, beside Debian's unpack_bootimg and mkbootimg, in turns, so
/// that whatever else the machine does hits both.
/// </summary>
internal static class BootSpeed
{
    private const int PartitionSize = 64 << 20;
    private const string Ours = "the same without AVB data";
    private const string Theirs = "unpack_bootimg + mkbootimg";

    /// <param name="command">The published kernelbuild.</param>
    /// <param name="rounds">How often; the least time counts.</param>
    public static int Run(string command, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("boot-speed-").FullName;
        try
        {
            var random = new Random(1);
            string Make(string name, int length)
            {
                var bytes = new byte[length];
                random.NextBytes(bytes);
                "ARM\x64"u8.CopyTo(bytes.AsSpan(56));
                var path = Path.Combine(folder, name);
                File.WriteAllBytes(path, bytes);
                return path;
            }

            var kernel = Make("kernel", 42 << 20);
            var newKernel = Make("new-kernel", 42 << 20);
            var ramdisk = Make("ramdisk", 18 << 20);
            var dtb = Make("dtb", 100_000);
            var image = Path.Combine(folder, "boot.img");
            var key = Path.Combine(folder, "key.pem");
            Must("openssl", "genrsa", "-out", key, "4096");
            Must(
                "mkbootimg", "--header_version", "2", "--kernel", kernel, "--ramdisk", ramdisk, "--dtb", dtb, "--pagesize", "4096", "-o",
                image);
            var plain = Path.Combine(folder, "plain.img");
            File.Copy(image, plain);
            Must(
                command, "avbtool", "add_hash_footer", "--image", image, "--partition_size", $"{PartitionSize}", "--partition_name", "boot",
                "--algorithm", "SHA256_RSA4096", "--key", key);
            var unpacked = Path.Combine(folder, "unpacked");
            (string Name, double Limit, Action Work)[] works =
            [
                // what the machine gives: the two hashes that info takes, by themselves, on two cores
                ("openssl sha256 beside sha1", double.PositiveInfinity,
                    () => Must("sh", "-c", $"openssl dgst -sha256 {image} & openssl dgst -sha1 {image}; wait")),
                ("start", 0.12, () => Must(command, "--version")),
                ("info", 0.15, () => Must(command, "boot", "info", image)),
                ("verify", 0.25, () => Must(command, "boot", "verify", image)),
                ("replace kernel, pack, verify", 0.6,
                    () => Must(command, "boot", "set", image, "--kernel", newKernel, "--key", key, "-o", Path.Combine(folder, "new.img"))),
                (Ours, 0.6, () => Must(command, "boot", "set", plain, "--kernel", newKernel, "-o", Path.Combine(folder, "ours.img"))),
                (Theirs, double.PositiveInfinity, () =>
                {
                    Must("unpack_bootimg", "--boot_img", image, "--out", unpacked);
                    Must(
                        "mkbootimg", "--header_version", "2", "--kernel", newKernel, "--ramdisk", Path.Combine(unpacked, "ramdisk"),
                        "--dtb", Path.Combine(unpacked, "dtb"), "--pagesize", "4096", "-o", Path.Combine(folder, "theirs.img"));
                }),
            ];
            var least = works.ToDictionary(work => work.Name, _ => double.MaxValue);
            var pairs = new List<double>();
            for (var round = 0; round < rounds; round++)
            {
                var times = new Dictionary<string, double>();
                foreach (var (name, _, work) in works)
                {
                    var watch = Stopwatch.StartNew();
                    work();
                    times[name] = watch.Elapsed.TotalSeconds;
                    least[name] = Math.Min(least[name], times[name]);
                }

                pairs.Add(times[Theirs] / times[Ours]);
            }

            foreach (var (name, limit, _) in works)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name,-30} {least[name]:0.000} "
                    + $"s{(double.IsInfinity(limit) ? "" : $"  (at most {limit:0.00} s{(least[name] <= limit ? "" : ", MISSED")})")}"));
            }

            // pairs of one round: whatever else the machine did hit both
            var ratio = pairs.Order().ElementAt(pairs.Count / 2);
            var isSame = File.ReadAllBytes(Path.Combine(folder, "ours.img"))
                .AsSpan()
                .SequenceEqual(File.ReadAllBytes(Path.Combine(folder, "theirs.img")));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"theirs / ours                  {ratio:0.00}, median of the rounds, the same image: {isSame}; theirs neither verifies nor "
                + $"flushes"));
            return isSame && works.All(work => least[work.Name] <= work.Limit) ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Must(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_TieredPGO"] = "0";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}, {errors.GetAwaiter().GetResult()}");
        }
    }
}
