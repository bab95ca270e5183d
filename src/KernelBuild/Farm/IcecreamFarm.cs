using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Farm;

/// <summary>
/// icecream: calls go to icecc, which asks the daemon of this host, which asks the scheduler. Where the scheduler is named, the
/// daemon is one of this build's own, which takes no jobs of others: no service has to be set up, and nobody has to be root.
/// </summary>
internal sealed class IcecreamFarm : ICompileFarm
{
    private readonly string _log;
    private readonly string _environment;
    private readonly CancellationTokenSource _left = new();
    private string? _folder;
    private Task? _daemon;

    private IcecreamFarm(string script, string log, string environment, ImmutableArray<FarmHost> hosts)
    {
        _log = log;
        _environment = environment;
        Hosts = hosts;
        Launch = new(script, ImmutableSortedDictionary<string, string>.Empty);
    }

    public FarmLaunch Launch { get; private set; }

    public ImmutableArray<FarmHost> Hosts { get; }

    /// <param name="cache">Where archives of compilers are kept.</param>
    /// <param name="folder">For the call.</param>
    /// <param name="log">A file for icecc's log.</param>
    /// <exception cref="DiagnosticException">KB4020: there is no farm.</exception>
    public static async Task<IcecreamFarm> JoinAsync(
        BuildFarmSetting setting, FarmCompiler compiler, string cache, string folder, string log, CancellationToken cancellationToken)
    {
        var hosts = await HostsAsync(setting, cancellationToken);
        var (archive, digest) = await new IcecreamEnvironment(cache).FindOrMakeAsync(compiler, cancellationToken);
        var farm = new IcecreamFarm(WriteCall(folder), log, digest, hosts);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ICECC_VERSION"] = archive,
            // what macros expand to stays out of sight, so that clang does not warn of it; and preprocessing is the host's work
            ["ICECC_REMOTE_CPP"] = "1",
            ["ICECC_DEBUG"] = "debug",
            ["ICECC_LOGFILE"] = log,
        };
        if (setting.Scheduler is not null)
        {
            try
            {
                environment["ICECC_TEST_SOCKET"] = await farm.StartDaemonAsync(setting, cancellationToken);
            }
            catch
            {
                await farm.DisposeAsync();
                throw;
            }
        }

        farm.Launch = farm.Launch with { Environment = environment.ToImmutableSortedDictionary(StringComparer.Ordinal) };
        return farm;
    }

    /// <summary>
    /// A script around icecc. What is no compilation of a file stays here: probes, whose answers decide what is built, preprocessing. The
    /// file of dependencies is said as icecc understands it: of -Wp,-MMD,FILE, which kbuild has, it takes the first half, and adds a name of
    /// its own. What fails on a host is compiled here: it may be the host's fault, such as a file of .incbin that is not there.
    /// </summary>
    private static string WriteCall(string folder)
    {
        Directory.CreateDirectory(folder);
        var script = Path.Combine(folder, "call");
        AtomicFile.Write(script, """
            #!/bin/sh
            compiles= probes=
            for argument do
                shift
                case $argument in
                    -Wp,-MMD,*) set -- "$@" -MMD -MF "${argument#-Wp,-MMD,}" ;;
                    -Wp,-MD,*) set -- "$@" -MD -MF "${argument#-Wp,-MD,}" ;;
                    -c) compiles=yes; set -- "$@" -c ;;
                    - | /dev/null) probes=yes; set -- "$@" "$argument" ;;
                    *) set -- "$@" "$argument" ;;
                esac
            done
            [ "$compiles" ] && [ -z "$probes" ] || exec "$@"
            exec 3>&1
            if said=$(icecc "$@" 2>&1 >&3 3>&-); then
                [ -z "$said" ] || printf '%s\n' "$said" >&2
            else
                exec 3>&-
                exec "$@"
            fi

            """);
        File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
        return script;
    }

    public FarmReport Report() => IcecreamLog.Read(_log) with { Environment = _environment };

    public async ValueTask DisposeAsync()
    {
        await _left.CancelAsync();
        if (_daemon is not null)
        {
            try
            {
                await _daemon;
            }
            catch (Exception e) when (e is OperationCanceledException or DiagnosticException)
            {
                // ended by us, or on its own before: then icecc compiled here
            }
        }

        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }

        _left.Dispose();
    }

    private static async Task<ImmutableArray<FarmHost>> HostsAsync(BuildFarmSetting setting, CancellationToken cancellationToken)
    {
        if (setting.Scheduler is not { } scheduler)
        {
            return Sockets().Any(File.Exists)
                ? []
                : throw new DiagnosticException(FarmDiagnostics.Unusable(
                    setting, "cannot be used: no iceccd runs on this host", "start iceccd, or name the scheduler: icecream://HOST"));
        }

        try
        {
            var hosts = await IcecreamScheduler.HostsAsync(scheduler, setting.Port, cancellationToken);
            return !hosts.IsEmpty
                ? hosts
                : throw new DiagnosticException(FarmDiagnostics.Unusable(setting, "has no host that takes jobs"));
        }
        catch (Exception e) when (e is SocketException or TimeoutException or IOException)
        {
            throw new DiagnosticException(FarmDiagnostics.Unusable(
                setting,
                string.Create(CultureInfo.InvariantCulture, $"cannot be used: port {setting.Port + 1} of the scheduler: {e.Message}")));
        }
    }

    /// <summary>Where icecc looks for the daemon of the host.</summary>
    private static IEnumerable<string> Sockets() =>
    [
        "/var/run/icecc/iceccd.socket", "/var/run/iceccd.socket",
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".iceccd.socket"),
    ];

    /// <returns>Its socket, which is there when this returns.</returns>
    private async Task<string> StartDaemonAsync(BuildFarmSetting setting, CancellationToken cancellationToken)
    {
        // below /tmp, for the path of a socket has at most 107 characters
        _folder = Path.Combine(Path.GetTempPath(), "kernelbuild-farm-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        // started by root, iceccd becomes this user
        string[] owner = Environment.IsPrivilegedProcess ? ["-o", "icecc"] : [];
        await new Command("install").WithArguments(["-d", "-m", "0700", .. owner, _folder]).RunAsync(cancellationToken);
        var (socket, messages) = (Path.Combine(_folder, "socket"), Path.Combine(_folder, "log"));
        var command = new Command(ProgramPath.FindAlsoInSbin("iceccd") ?? "iceccd")
            .WithArguments("--no-remote", "-s", string.Create(CultureInfo.InvariantCulture, $"{setting.Scheduler}:{setting.Port}"))
            .WithArguments("-m", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture))
            .WithArguments("-b", Path.Combine(_folder, "environments"), "-l", messages, "-v")
            .WithEnvironment("ICECC_TEST_SOCKET", socket);
        command = setting.NetName.Length > 0 ? command.WithArguments("-n", setting.NetName) : command;
        _daemon = command.RunAsync(_left.Token);
        for (var wait = 0; wait < 100; wait++)
        {
            if (File.Exists(socket))
            {
                return socket;
            }

            if (_daemon.IsCompleted)
            {
                break;
            }

            await Task.Delay(50, cancellationToken);
        }

        var last = File.Exists(messages) ? (await File.ReadAllLinesAsync(messages, cancellationToken)).LastOrDefault() : null;
        throw new DiagnosticException(FarmDiagnostics.Unusable(setting, "cannot be used: iceccd did not start" + (last is null ? "" : ": " + last)));
    }
}
