using System.Diagnostics;
using System.Net;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>Slurm itself, on this machine alone, in a folder of its own: munged, slurmctld and slurmd, ended with the test.</summary>
internal sealed class SlurmCluster : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kernelbuild-slurm-");
    private readonly List<Process> _daemons = [];

    private SlurmCluster()
    {
    }

    public string Configuration => Path.Combine(_folder.FullName, "slurm.conf");

    /// <param name="nodes">On this one machine: node1 and so on with a processor each, or one alone with the machine's name and two.</param>
    public static SlurmCluster Start(int nodes = 1)
    {
        var cluster = new SlurmCluster();
        var folder = cluster._folder.FullName;
        var host = Dns.GetHostName().Split('.')[0];
        var munge = cluster._folder.CreateSubdirectory("munge").FullName;
        File.SetUnixFileMode(munge, (UnixFileMode)0x1c0);
        var key = Path.Combine(munge, "key");
        File.WriteAllBytes(key, Enumerable.Range(0, 1024).Select(_ => (byte)Random.Shared.Next(256)).ToArray());
        File.SetUnixFileMode(key, UnixFileMode.UserRead);
        cluster._folder.CreateSubdirectory("state");
        string[] names = nodes == 1 ? [host] : [.. Enumerable.Range(1, nodes).Select(number => $"node{number}")];
        File.WriteAllText(cluster.Configuration, $"""
            ClusterName=test
            SlurmctldHost={host}(127.0.0.1)
            SlurmUser={Environment.UserName}
            SlurmdUser={Environment.UserName}
            AuthType=auth/munge
            AuthInfo=socket={munge}/socket,cred_expire=10
            CredType=cred/munge
            SlurmctldPort={Loopback.FreePort()}
            StateSaveLocation={folder}/state
            SlurmdSpoolDir={folder}/spool.%n
            SlurmctldPidFile={folder}/slurmctld.pid
            SlurmdPidFile={folder}/slurmd.%n.pid
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SelectType=select/cons_tres
            JobAcctGatherType=jobacct_gather/none
            MailProg=/bin/true
            {string.Join("\n", names.Select(name => Node(name, host, nodes)))}
            PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP

            """);
        cluster.Daemon(
            "munged", "--foreground", "--force", $"--socket={munge}/socket", $"--key-file={key}", $"--pid-file={munge}/pid",
            $"--log-file={munge}/log", $"--seed-file={munge}/seed");
        for (var attempt = 0; attempt < 100 && !File.Exists($"{munge}/socket"); attempt++)
        {
            Thread.Sleep(100);
        }

        cluster.Daemon("slurmctld", "-D");
        foreach (var name in names)
        {
            cluster._folder.CreateSubdirectory("spool." + name);
            cluster.Daemon("slurmd", "-D", "-N", name);
        }

        Until(() => cluster.Run(folder, "sinfo", "-h", "-N", "-o", "%T").Output.Trim(), state =>
            state.Split('\n') is var states && states.Length == nodes && states.All(one => one == "idle"));
        return cluster;
    }

    public (int ExitCode, string Output, string Errors) Run(string folder, string program, params string[] arguments) =>
        Oracle.Try(folder, "env", ["SLURM_CONF=" + Configuration, .. program.Contains('/') ? ["./" + program] : (string[])[program],
            .. arguments]);

    /// <summary>scontrol, which must do it.</summary>
    public void Control(params string[] arguments)
    {
        var (exitCode, output, errors) = Run(_folder.FullName, "scontrol", arguments);
        exitCode.ShouldBe(0, output + errors);
    }

    /// <summary>Waits until so many jobs run, and gives their numbers; an array's task is ARRAY_TASK.</summary>
    public async Task<string[]> UntilRunningAsync(int count)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromMinutes(3); await Task.Delay(300))
        {
            var jobs = Run(_folder.FullName, "squeue", "-h", "-t", "RUNNING", "-o", "%i").Output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (jobs.Length >= count)
            {
                return jobs;
            }
        }

        throw new TimeoutException($"fewer than {count} jobs run");
    }

    /// <summary>Waits for a job, and gives its state and exit code.</summary>
    public string WaitFor(string job) => Until(
        () =>
        {
            var words = Run(_folder.FullName, "scontrol", "show", "job", job, "-o").Output.Split(' ');
            string Value(string name) => words.FirstOrDefault(word => word.StartsWith(name, StringComparison.Ordinal))?[name.Length..] ?? "";
            return $"{Value("JobState=")} {Value("ExitCode=")}";
        },
        state => state.Split(' ')[0] is not ("PENDING" or "RUNNING" or "COMPLETING"));

    public void Dispose()
    {
        foreach (var daemon in Enumerable.Reverse(_daemons))
        {
            daemon.Kill(entireProcessTree: true);
            daemon.WaitForExit();
            daemon.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    private static string Until(Func<string> read, Func<string, bool> isEnough)
    {
        var last = "";
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromMinutes(5); Thread.Sleep(300))
        {
            if (isEnough(last = read()))
            {
                break;
            }
        }

        return last;
    }

    private static string Node(string name, string host, int nodes) => nodes == 1
        ? $"NodeName={name} NodeAddr=127.0.0.1 Port={Loopback.FreePort()} CPUs={Math.Min(2, Environment.ProcessorCount)} State=UNKNOWN"
        : $"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={Loopback.FreePort()} CPUs=1 State=UNKNOWN";

    private void Daemon(string program, params string[] arguments)
    {
        string[] quiet = ["-c", "exec \"$0\" \"$@\" >>daemons.log 2>&1", "/usr/sbin/" + program, .. arguments];
        var start = new ProcessStartInfo("sh", quiet) { WorkingDirectory = _folder.FullName };
        start.Environment["SLURM_CONF"] = Configuration;
        _daemons.Add(Process.Start(start)!);
    }
}
