using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>Slurm itself, on this machine alone, in a folder of its own: munged, slurmctld and slurmd, ended with the test.</summary>
internal sealed class SlurmCluster : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kernelbuild-slurm-");
    private readonly List<Process> _daemons = [];

    private SlurmCluster()
    {
    }

    private string Configuration => Path.Combine(_folder.FullName, "slurm.conf");

    public static SlurmCluster Start()
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
        cluster._folder.CreateSubdirectory("spool");
        File.WriteAllText(cluster.Configuration, $"""
            ClusterName=test
            SlurmctldHost={host}(127.0.0.1)
            SlurmUser={Environment.UserName}
            SlurmdUser={Environment.UserName}
            AuthType=auth/munge
            AuthInfo=socket={munge}/socket
            CredType=cred/munge
            SlurmctldPort={FreePort()}
            SlurmdPort={FreePort()}
            StateSaveLocation={folder}/state
            SlurmdSpoolDir={folder}/spool
            SlurmctldPidFile={folder}/slurmctld.pid
            SlurmdPidFile={folder}/slurmd.pid
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SelectType=select/cons_tres
            JobAcctGatherType=jobacct_gather/none
            MailProg=/bin/true
            NodeName={host} NodeAddr=127.0.0.1 CPUs={Math.Min(2, Environment.ProcessorCount)} State=UNKNOWN
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
        cluster.Daemon("slurmd", "-D");
        Until(() => cluster.Run(folder, "sinfo", "-h", "-o", "%T").Output.Trim(), state => state == "idle");
        return cluster;
    }

    public (int ExitCode, string Output, string Errors) Run(string folder, string program, params string[] arguments) =>
        Oracle.Try(folder, "env", ["SLURM_CONF=" + Configuration, .. program.Contains('/') ? ["./" + program] : (string[])[program],
            .. arguments]);

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

    private void Daemon(string program, params string[] arguments)
    {
        string[] quiet = ["-c", "exec \"$0\" \"$@\" >>daemons.log 2>&1", "/usr/sbin/" + program, .. arguments];
        var start = new ProcessStartInfo("sh", quiet) { WorkingDirectory = _folder.FullName };
        start.Environment["SLURM_CONF"] = Configuration;
        _daemons.Add(Process.Start(start)!);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
