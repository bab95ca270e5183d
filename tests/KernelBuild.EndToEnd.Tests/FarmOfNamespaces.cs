using System.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// Machines of a compile farm, each a network namespace of this one with real daemons, on one switch. The namespaces have no
/// names: they end with the processes in them, however the test ends. Addresses: the client 10.77.0.254, host N 10.77.0.N.
/// </summary>
internal sealed class FarmOfNamespaces : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kernelbuild-farm-test-");
    private readonly Process _client;
    private readonly Dictionary<int, Process> _hosts = [];
    private readonly Dictionary<int, Process> _daemons = [];
    private Process? _scheduler;

    private FarmOfNamespaces()
    {
        // iceccd and distccd become users of their own
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_111_111);
        _client = Namespace();
        In(_client, "ip", "link", "add", "switch", "type", "bridge");
        In(_client, "ip", "addr", "add", "10.77.0.254/24", "dev", "switch");
        In(_client, "ip", "link", "set", "switch", "up");
        In(_client, "ip", "link", "set", "lo", "up");
    }

    /// <summary>Why there can be none here, or null.</summary>
    public static string? Missing => !Environment.IsPrivilegedProcess || Oracle.Try("/", "unshare", "--net", "true").ExitCode != 0
        ? "network namespaces need root"
        : null;

    /// <param name="hosts">How many, beside the client.</param>
    public static FarmOfNamespaces Create(int hosts)
    {
        var farm = new FarmOfNamespaces();
        for (var number = 1; number <= hosts; number++)
        {
            var host = farm._hosts[number] = Namespace();
            In(farm._client, "ip", "link", "add", $"to{number}", "type", "veth", "peer", "name", "eth0", "netns", $"{host.Id}");
            In(farm._client, "ip", "link", "set", $"to{number}", "master", "switch", "up");
            In(host, "ip", "addr", "add", $"10.77.0.{number}/24", "dev", "eth0");
            In(host, "ip", "link", "set", "eth0", "up");
            In(host, "ip", "link", "set", "lo", "up");
        }

        return farm;
    }

    /// <summary>icecream's scheduler on the first host, and a daemon on every host.</summary>
    public void StartIcecream(int jobs)
    {
        _scheduler = Daemon(_hosts[1], [], "icecc-scheduler", "-n", "test", "-p", "8765", "-l", PathOf("scheduler.log"));
        foreach (var (number, host) in _hosts)
        {
            Run("install", "-d", "-o", "icecc", PathOf($"environments{number}"));
            _daemons[number] = Daemon(
                host, [$"ICECC_TEST_SOCKET={PathOf($"socket{number}")}"], "iceccd", "-n", "test", "-s", "10.77.0.1", "-N", $"host{number}",
                "-m", $"{jobs}", "-b", PathOf($"environments{number}"), "-l", PathOf($"iceccd{number}.log"), "-vv");
        }

        Until(() => Listed().Count(line => line.Contains("] speed=", StringComparison.Ordinal)) == _hosts.Count, "hosts at the scheduler");
    }

    /// <param name="clang">What this host has in the place of the program; null for the same.</param>
    public void StartDistcc(int number, int jobs, string? clang = null)
    {
        string[] otherClang = clang is null
            ? []
            : ["unshare", "--mount", "sh", "-c", $"mount --bind {clang} $(readlink -f /usr/bin/clang-19) && exec \"$@\"", "sh"];
        _daemons[number] = Daemon(
            _hosts[number], [], [.. otherClang, "distccd", "--no-detach", "--daemon", "--allow", "10.77.0.0/24",
            "--jobs", $"{jobs}", "--log-file", PathOf($"distccd{number}.log"), "--enable-tcp-insecure"]);
        Until(() => Try(_client, "bash", "-c", $"exec 3<>/dev/tcp/10.77.0.{number}/3632") == 0, "distccd");
    }

    public void Kill(int number) => End(_daemons[number]);

    public void KillScheduler() => End(_scheduler!);

    /// <summary>A command on the client.</summary>
    public Command OnClient(Command command) => command with
    {
        Program = "nsenter",
        Arguments = ["--target", $"{_client.Id}", "--net", "--", command.Program, .. command.Arguments],
    };

    /// <summary>The processes in the client's namespace whose command line matches.</summary>
    public string ProcessesOfClient(string pattern) =>
        Oracle.Try("/", "pgrep", "--ns", $"{_client.Id}", "--nslist", "net", "-f", pattern).Output;

    public string LogOf(int number) => File.ReadAllText(PathOf($"iceccd{number}.log"));

    public void Dispose()
    {
        foreach (var process in (Process[])[.. _daemons.Values, .. _hosts.Values, _client])
        {
            End(process);
        }

        if (_scheduler is not null)
        {
            End(_scheduler);
            _scheduler.Dispose();
        }

        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string[] Listed() => Oracle.Try(
        "/", "nsenter", "--target", $"{_client.Id}", "--net", "--", "bash", "-c",
        "exec 3<>/dev/tcp/10.77.0.1/8766 && printf 'listcs\\nquit\\n' >&3 && timeout 3 cat <&3").Output.Split('\n');

    private static Process Namespace()
    {
        var process = Process.Start(new ProcessStartInfo("unshare", ["--net", "--", "sleep", "100000"]))!;
        Until(() => File.ReadAllText($"/proc/{process.Id}/comm").Trim() == "sleep", "a namespace");
        return process;
    }

    private static Process Daemon(Process host, string[] environment, params string[] command) => Process.Start(new ProcessStartInfo(
        "nsenter", ["--target", $"{host.Id}", "--net", "--", "env", .. environment, .. command])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static void In(Process host, params string[] command) =>
        Run("nsenter", ["--target", $"{host.Id}", "--net", "--", .. command]);

    private static string Run(string program, params string[] arguments)
    {
        var (code, output, errors) = Oracle.Try("/", program, arguments);
        code.ShouldBe(0, output + errors);
        return output;
    }

    private static int Try(Process host, params string[] command) =>
        Oracle.Try("/", "nsenter", ["--target", $"{host.Id}", "--net", "--", .. command]).ExitCode;

    private static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
        catch (InvalidOperationException)
        {
            // it has ended
        }
    }

    private static void Until(Func<bool> condition, string what)
    {
        for (var attempt = 0; attempt < 300; attempt++)
        {
            if (condition())
            {
                return;
            }

            Thread.Sleep(100);
        }

        throw new TimeoutException(what);
    }
}
