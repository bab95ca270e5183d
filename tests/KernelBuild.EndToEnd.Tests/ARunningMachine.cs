using System.Globalization;
using System.Net.Sockets;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootTest;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;
using KernelBuild.Passthrough;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// The machine of virt under QEMU with the kernel that was built, its SMMU and its PCI functions, and Debian's dropbear for arm64 in a ramdisk
/// of the test: what CheckDevice does to a running machine is done to a real one, by its own drivers.
/// </summary>
internal sealed class ARunningMachine : IAsyncDisposable
{
    /// <summary>The name that <see cref="Programs"/>' ssh knows it by.</summary>
    public const string Host = "machine";

    private const string Mac = "52:54:00:00:77:77";
    private const string Root = "test-machine";

    private readonly TestFolder _files = new();
    private readonly CancellationTokenSource _end = new();
    private Task _machine = Task.CompletedTask;
    private bool _hasGuests;

    /// <summary>A folder with the ssh that knows the machine, for the front of PATH.</summary>
    public string Programs => _files["bin"];

    /// <summary>The same as the guide's commands have it.</summary>
    public const string Alias = "root@board";

    /// <param name="device">The machine, without the card that ssh comes through.</param>
    /// <param name="hasGuests">Whether QEMU is on it, and a kernel and a ramdisk for a guest in root's home.</param>
    public static async Task<ARunningMachine> StartAsync(DeviceBuild device, bool hasGuests, CancellationToken cancellationToken)
    {
        var machine = new ARunningMachine { _hasGuests = hasGuests };
        try
        {
            await machine.BootAsync(device, cancellationToken);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the machine says to a script.</summary>
    public async Task<string> AskAsync(string script, CancellationToken cancellationToken) =>
        (await new Command(Path.Combine(Programs, "ssh")).WithArguments("-o", "BatchMode=yes", Host, script).ReadAsync(cancellationToken)).Trim();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _machine.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
        _files.Dispose();
    }

    private async Task BootAsync(DeviceBuild device, CancellationToken cancellationToken)
    {
        var folder = _files.Folder("machine");
        var port = Loopback.FreePort().ToString(CultureInfo.InvariantCulture);
        var machine = ProofMachine.Of(
            [
                .. device.Emulation.QemuArguments, .. device.Emulation.PassthroughArguments,
                "-device", "pcie-root-port,id=link,bus=pcie.0,chassis=99,addr=9.0",
                "-netdev", $"user,id=ssh,hostfwd=tcp:127.0.0.1:{port}-:22", "-device", $"e1000e,bus=link,romfile=,mac={Mac},netdev=ssh",
            ],
            folder);
        machine.CreateFiles();
        var emulated = device with { Emulation = device.Emulation with { QemuArguments = machine.Arguments, TimeoutSeconds = 600 } };
        var emulator = new Emulator(emulated, folder);
        var files = await emulator.TakeApartAsync(cancellationToken);
        await GroupReport.AppendAsync(
            files.Ramdisk, [.. await EntriesAsync(port, cancellationToken), .. await GuestsAsync(files.Kernel, cancellationToken)], cancellationToken);
        var console = new List<string>();
        _machine = emulator.BootAsync(
            files with { CommandLine = $"{files.CommandLine} rdinit=/{Root}/init" }, _end.Token, line => { lock (console) { console.Add(line); } });
        for (var tries = 0; tries < 240; tries++)
        {
            await Task.WhenAny(_machine, Task.Delay(500, cancellationToken));
            bool isUp;
            lock (console)
            {
                isUp = console.Any(line => line.StartsWith("### SSH", StringComparison.Ordinal));
            }

            if (isUp && await AnswersAsync(cancellationToken))
            {
                return;
            }

            if (_machine.IsCompleted)
            {
                await _machine;
            }
        }

        throw new InvalidOperationException("the machine does not answer:\n" + string.Join('\n', console.TakeLast(30)));
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync("echo yes", cancellationToken) == "yes";
        }
        catch (DiagnosticException)
        {
            return false;
        }
    }

    private async Task<IReadOnlyList<RamdiskEntry>> GuestsAsync(string kernel, CancellationToken cancellationToken)
    {
        if (!_hasGuests)
        {
            return [];
        }

        var emulator = new GuestEmulator(CacheFolder.FromEnvironment(), new TestLog());
        return
        [
            .. await emulator.ReadAsync(cancellationToken),
            Executable("root/Image", await File.ReadAllBytesAsync(kernel, cancellationToken)),
            Executable("root/guest.cpio", PassthroughRun.GuestRamdisk(emulator)),
        ];
    }

    private async Task<IReadOnlyList<RamdiskEntry>> EntriesAsync(string port, CancellationToken cancellationToken)
    {
        var unpacked = _files.Folder("dropbear");
        var archive = new DebianArchive(CacheFolder.FromEnvironment(), new TestLog());
        foreach (var package in await archive.DownloadWithDependenciesAsync("dropbear-bin", "arm64", _files.Folder("packages"), cancellationToken))
        {
            await new Command("dpkg-deb").WithArguments("-x", package, unpacked).RunAsync(cancellationToken);
        }

        Oracle.Run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", _files["user"]]);
        _files.Write("config", $"""
            Host {Host} {Alias[(Alias.IndexOf('@', StringComparison.Ordinal) + 1)..]}
              HostName 127.0.0.1
              Port {port}
              User root
              IdentityFile {_files["user"]}
              IdentitiesOnly yes
              StrictHostKeyChecking accept-new
              UserKnownHostsFile {_files["known_hosts"]}
              ConnectTimeout 20

            """);
        _files.Script("bin/ssh", $"exec /usr/bin/ssh -q -F {_files["config"]} \"$@\"");
        var libraries = Directory.EnumerateFiles(unpacked, "*.so*", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/gconv/", StringComparison.Ordinal))
            .Select(file => (Name: Path.GetFileName(file), Content: File.ReadAllBytes(file))).DistinctBy(library => library.Name);
        return
        [
            Executable($"{Root}/init", System.Text.Encoding.ASCII.GetBytes(Init)),
            Executable($"{Root}/dropbear", await File.ReadAllBytesAsync(Path.Combine(unpacked, "usr/sbin/dropbear"), cancellationToken)),
            .. libraries.Select(library => Executable($"{Root}/lib/{library.Name}", library.Content)),
            RamdiskEntry.Directory("root"), RamdiskEntry.Directory("root/.ssh"), RamdiskEntry.Directory("etc"),
            RamdiskEntry.File("etc/passwd", "root::0:0:root:/root:/bin/sh\n"u8.ToArray(), (UnixFileMode)0x1a4),
            RamdiskEntry.File("etc/shells", "/bin/sh\n"u8.ToArray(), (UnixFileMode)0x1a4),
            RamdiskEntry.File("root/.ssh/authorized_keys", await File.ReadAllBytesAsync(_files["user.pub"], cancellationToken), (UnixFileMode)0x180),
        ];
    }

    private static string Init => $"""
        #!/bin/busybox sh
        /bin/busybox mkdir -p /proc /sys /dev /tmp /var/run /etc/dropbear /dev/pts
        /bin/busybox --install -s /bin
        export PATH=/bin
        mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev 2>/dev/null; mount -t devpts devpts /dev/pts
        chmod 700 /root /root/.ssh
        printf '#!/bin/sh\nexec {GuestEmulator.RunEmulator} "$@" < /dev/null\n' > /bin/qemu-system-aarch64
        chmod +x /bin/qemu-system-aarch64
        ip link set lo up
        for n in /sys/class/net/*; do
          [ "$(cat $n/address)" = {Mac} ] && ip link set $(basename $n) up && ip addr add 10.0.2.15/24 dev $(basename $n)
        done
        /{Root}/lib/ld-linux-aarch64.so.1 --library-path /{Root}/lib /{Root}/dropbear -R -E -s
        echo "### SSH"
        while :; do sleep 60; done

        """.ReplaceLineEndings("\n");

    private static RamdiskEntry Executable(string name, byte[] content) => RamdiskEntry.File(name, content, GuestEmulator.Executable);
}
