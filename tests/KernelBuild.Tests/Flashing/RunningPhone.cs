using KernelBuild.Flashing;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>A phone with its system running: a file system in a folder, getprop, su and id as it has them.</summary>
internal sealed class RunningPhone : IDisposable
{
    public const string Fingerprint = "demo/demo/demo:14/UP1A.231005.007/1:user/release-keys";

    private readonly AdbServer _server;

    /// <param name="root">root (adbd runs as root), "su -c", "su 0", "sudo -n", or none.</param>
    public RunningPhone(string root = "root", AdbShellSettings? settings = null, TestPhone? phone = null)
    {
        Phone = phone ?? new TestPhone { Mode = PhoneMode.System };
        Files.Script("bin/getprop", $"""
            case $1 in ro.build.fingerprint) echo {Fingerprint} ;; ro.boot.slot_suffix) echo _a ;; ro.serialno) echo PHONE1 ;; esac
            """);
        if (root != "root")
        {
            Files.Script("bin/id", "if [ \"$1\" = -u ]; then echo ${FAKE_UID:-2000}; else exec /usr/bin/id \"$@\"; fi");
            Files.Script("bin/sudo", root == "sudo -n"
                ? "[ \"$1\" = -n ] || exit 1; shift; FAKE_UID=0 exec \"$@\""
                : "echo 'sudo: a password is required' >&2; exit 1");
            Files.Script("bin/su", root switch
            {
                "su -c" => "[ \"$1\" = -c ] || { echo 'su: unknown user'; exit 1; }; FAKE_UID=0 exec sh -c \"$2\"",
                "su 0" => "[ \"$1\" = 0 ] || { echo 'su: invalid uid -c'; exit 1; }; shift; FAKE_UID=0 exec \"$@\"",
                _ => "echo 'su: not found' >&2; exit 127",
            });
        }

        foreach (var (partition, number) in ((string[])["boot", "init_boot", "vendor_boot", "dtbo", "vbmeta"]).Select((name, i) => (name, i)))
        {
            foreach (var slot in (string[])["_a", "_b"])
            {
                Partitions[partition + slot] = KernelBuild.Testing.BootImages.Samples.Random((number * 2) + slot[1], 200_000 + (number * 4096));
                Files.Write($"root/dev/block/by-name/{partition}{slot}", Partitions[partition + slot]);
            }
        }

        CapturedRoot.Write(Files, "root");
        _server = new AdbServer(Phone, (settings ?? new AdbShellSettings()) with { Root = Files["root"], Programs = Files["bin"] });
        AdbHost.Connect(_server);
    }

    public TestPhone Phone { get; }

    public TestFolder Files { get; } = new();

    public Dictionary<string, byte[]> Partitions { get; } = new(StringComparer.Ordinal);

    public string Serial => _server.Serial;

    public static DeviceTiming Timing { get; } = new() { Answer = TimeSpan.FromSeconds(15), Transfer = TimeSpan.FromSeconds(15) };

    public Adb Adb => new(Serial, Timing);

    public void Dispose()
    {
        AdbHost.Disconnect();
        _server.Dispose();
        Files.Dispose();
    }
}
