using System.Globalization;
using System.Net.Sockets;
using KernelBuild.Testing.EndToEnd;
using KernelBuild.Testing.Phones;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// The road of docs/guide/on-the-device.md, command by command, with the real adb and fastboot: pull stock, capture, flash, check, roll
/// back.
/// </summary>
public sealed class OnTheDevice : IDisposable
{
    private const string Banner = "Linux version 6.1.0-test (builder@host) (clang) #1 SMP";

    private readonly MiniKernel _mini = new();
    private readonly TestFolder _files = new();
    private readonly TestPhone _phone = new() { Mode = PhoneMode.System, Product = "mini" };
    private readonly string _port = Loopback.FreePort().ToString(CultureInfo.InvariantCulture);
    private readonly List<string> _commands = [];

    public void Dispose()
    {
        Oracle.Run("env", ["ANDROID_ADB_SERVER_PORT=" + _port, "adb", "kill-server"]);
        _files.Dispose();
        _mini.Dispose();
    }

    [FactWith("adb", "fastboot")]
    public async Task Every_command_of_the_guide_does_what_it_says()
    {
        RunsSlot("a");
        CapturedRoot.Write(_files, "root");
        foreach (var partition in (string[])["boot_a", "boot_b"])
        {
            _phone.Partitions[partition] = KernelBuild.Testing.BootImages.Samples.Random(partition[^1], 1 << 20);
            _files.Write("root/dev/block/by-name/" + partition, _phone.Partitions[partition]);
        }

        var before = _phone.Partitions.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray());
        _mini.Write("source/drivers/two.c", $"/*\n{Banner}\n*/\n" + MiniKernel.Source("two", 20));
        _mini.Write("kernels/mini/mini.kernelproj", MiniKernel.Project(
            "console=ttyAMA0", "<PropertyGroup><FlashProduct>mini</FlashProduct></PropertyGroup>"));
        await _mini.PublishAsync();
        using var adb = new AdbServer(_phone, new AdbShellSettings { Root = _files["root"], Programs = _files["bin"] });
        using var fastboot = new FastbootServer(_phone);

        (await NukeAsync(0, adb.Serial, "PullStock")).ShouldContain("<StockBootImage>backup/mini_1/boot.img</StockBootImage>");
        (await NukeAsync(0, adb.Serial, "Capture")).ShouldContain("4 PCI functions");
        File.Exists(_mini.PathOf("kernels/mini/mini.capture")).ShouldBeTrue();
        Adb(adb.Serial, "reboot", "bootloader");
        _phone.Mode.ShouldBe(PhoneMode.Bootloader);

        var dry = await NukeAsync(0, fastboot.Serial, "Flash");
        dry.ShouldContain("set_active b");
        dry.ShouldContain("nothing was sent to the device");
        _phone.Commands.ShouldAllBe(command => command.StartsWith("getvar:", StringComparison.Ordinal));

        // what is only in the environment confirms nothing
        await NukeAsync(0, fastboot.Serial, "Boot");
        _phone.Commands.ShouldAllBe(command => command.StartsWith("getvar:", StringComparison.Ordinal));
        await NukeAsync(0, fastboot.Serial, "Flash", "--yes");
        _phone.CurrentSlot.ShouldBe("b");
        var image = await File.ReadAllBytesAsync(Path.Combine(_mini.Artifacts, "boot.img"), TestContext.Current.CancellationToken);
        _phone.Partitions["boot_b"].AsSpan(0, image.Length).SequenceEqual(image).ShouldBeTrue();

        // the bootloader fell back
        (await NukeAsync(1, adb.Serial, "CheckDevice")).ShouldContain("the device runs slot a, and the build was flashed to slot b");
        RunsSlot("b");
        (await NukeAsync(0, fastboot.Serial, "CheckDevice", "--adb-serial", adb.Serial)).ShouldContain("the device runs what was built");
        _files.Write("root/proc/version", "Linux version 6.1.0-other (builder@host) (clang) #1 SMP\n");
        (await NukeAsync(1, adb.Serial, "CheckDevice")).ShouldContain("KB9033");

        _phone.Replug();
        (await NukeAsync(0, fastboot.Serial, "Rollback")).ShouldContain("set_active a");
        await NukeAsync(0, fastboot.Serial, "Rollback", "--yes");
        _phone.CurrentSlot.ShouldBe("a");
        _phone.Partitions.ShouldAllBe(partition => partition.Value.SequenceEqual(before[partition.Key]));

        InTheGuide().ShouldBe(InTheGuide().Where(_commands.Contains));
    }

    /// <summary>The real ssh to the real sshd, before which adb and fastboot are not looked for.</summary>
    [FactWith("ssh", "sshd")]
    public async Task A_board_without_adb_is_captured_and_checked_over_ssh()
    {
        CapturedRoot.Write(_files, "root");
        _files.Folder("bin");
        PlayedDrivers.Add(_files, "root", "bin");
        _mini.Write("source/drivers/two.c", $"/*\n{Banner}\n*/\n" + MiniKernel.Source("two", 20));
        _mini.Write("kernels/mini/mini.kernelproj", MiniKernel.Project("console=ttyAMA0", ""));
        await _mini.PublishAsync();
        using var board = new SshServer(_files, _files["root"], _files["bin"]);
        await OverSshAsync(board, 0, "BuildKernel");

        (await OverSshAsync(board, 0, "Capture", "--ssh", SshServer.Host)).ShouldContain("5 PCI functions");
        var check = await OverSshAsync(board, 0, "CheckDevice", "--ssh", SshServer.Host, "--function", PlayedDrivers.Card);
        check.ShouldContain("the device runs what was built");
        check.ShouldContain("vfio-pci takes it, and it is back with its driver");
        _mini.Write("kernels/mini/expected-groups.device.txt", "0000:01:00.0 0000:00:01.0\n");
        (await OverSshAsync(board, 1, "CheckDevice", "--ssh", SshServer.Host)).ShouldContain("expected with 0000:00:01.0, found alone");
        (await OverSshAsync(board, 2, "CheckDevice", "--ssh", SshServer.Host, "--serial", "PHONE1")).ShouldContain("KB9010");
    }

    private void RunsSlot(string slot) => _files.Script("bin/getprop", $"""
        case $1 in ro.build.fingerprint) echo mini/1 ;; ro.boot.slot_suffix) echo _{slot} ;; ro.serialno) echo PHONE1 ;; esac
        """);

    private async Task<string> OverSshAsync(SshServer board, int exitCode, params string[] words)
    {
        var run = await Repository.RunAsync(_mini.NukeCommand([words[0], "--device", "mini", .. words[1..]])
            .WithEnvironment("PATH", board.Programs + ":" + Environment.GetEnvironmentVariable("PATH")));
        run.ExitCode.ShouldBe(exitCode, run.Output);
        return run.Output;
    }

    /// <summary>Commands of the guide's blocks and of its table.</summary>
    private static string[] InTheGuide() =>
    [
        .. File.ReadLines(Repository.PathOf("docs", "guide", "on-the-device.md"))
            .Select(line => line.StartsWith("| `", StringComparison.Ordinal) ? line.Split('`')[1] : line)
            .Where(line => line.StartsWith("./nuke.sh ", StringComparison.Ordinal) || line.StartsWith("adb ", StringComparison.Ordinal))
            .Select(line => line.Replace("raven", "mini", StringComparison.Ordinal)),
    ];

    private async Task<string> NukeAsync(int exitCode, string serial, params string[] words)
    {
        _commands.Add(string.Join(' ', [$"./nuke.sh {words[0]} --device mini", .. words[1..]]));
        var run = await Repository.RunAsync(_mini.NukeCommand([words[0], "--device", "mini", .. words[1..]])
            .WithArguments("--serial", serial)
            .WithArguments(words[0] is "Flash" ? (string[])["--no-trial"] : [])
            .WithEnvironment("YES", "true")
            .WithEnvironment("ANDROID_ADB_SERVER_PORT", _port));
        run.ExitCode.ShouldBe(exitCode, run.Output);
        return run.Output;
    }

    private void Adb(string serial, params string[] words)
    {
        _commands.Add("adb " + string.Join(' ', words));
        Oracle.Run("env", ["ANDROID_ADB_SERVER_PORT=" + _port, "adb", "-s", serial, .. words]);
    }
}
