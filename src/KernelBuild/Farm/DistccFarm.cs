using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Farm;

/// <summary>
/// distcc: calls go to hosts that have the compiler themselves. Whether it is the same one is asked of each before the build: it
/// compiles a source that takes in the first page of the compiler's own files, where their build IDs stand, and its object must
/// be the one that is made here.
/// </summary>
internal sealed class DistccFarm : ICompileFarm
{
    private static readonly TimeSpan _longestProbe = TimeSpan.FromSeconds(30);

    private readonly string _log;

    private DistccFarm(FarmLaunch launch, ImmutableArray<FarmHost> hosts, string log)
    {
        Launch = launch;
        Hosts = hosts;
        _log = log;
    }

    public FarmLaunch Launch { get; }

    public ImmutableArray<FarmHost> Hosts { get; }

    /// <param name="make">A program of the toolchain by its name, with the PATH of the build.</param>
    /// <param name="folder">For the call, distcc's locks, and the probe.</param>
    /// <param name="log">A file for distcc's log.</param>
    /// <param name="report">Takes what is wrong with a host.</param>
    /// <exception cref="DiagnosticException">KB4020: no host is left.</exception>
    public static async Task<DistccFarm> JoinAsync(
        BuildFarmSetting setting, FarmCompiler compiler, Func<string, Command> make, string folder, string log, Action<Diagnostic> report,
        CancellationToken cancellationToken)
    {
        var script = WriteCall(compiler, folder);
        var wanted = setting.Hosts.IsEmpty ? await OwnListAsync(make, setting, cancellationToken) : setting.Hosts;
        var state = Path.Combine(folder, "state");
        Directory.CreateDirectory(state);
        var probe = new DistccProbe(compiler, make("sh").WithArguments(script, compiler.Path), make, Path.Combine(folder, "probe"), _longestProbe);
        var answers = await probe.RunAsync(wanted, cancellationToken);
        foreach (var (host, why) in answers.Where(answer => answer.Why is not null))
        {
            report(FarmDiagnostics.Unusable(
                $"{setting} goes without {host.Name}, which", why!, "install the same package of the compiler there, or take the host off the list"));
        }

        var hosts = answers.Where(answer => answer.Why is null).Select(answer => answer.Host).ToImmutableArray();
        if (hosts.IsEmpty)
        {
            throw new DiagnosticException(FarmDiagnostics.Unusable(setting, "cannot be used: no host is left"));
        }

        return new DistccFarm(new FarmLaunch(script, Environment(hosts, state, log)), hosts, log);
    }

    public FarmReport Report() => DistccLog.Read(_log);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal static ImmutableSortedDictionary<string, string> Environment(IEnumerable<FarmHost> hosts, string state, string log) =>
        ImmutableSortedDictionary.CreateRange(
            StringComparer.Ordinal,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["DISTCC_HOSTS"] = string.Join(' ', hosts.Select(Specification)),
                ["DISTCC_DIR"] = state,
                ["DISTCC_LOG"] = log,
                ["DISTCC_VERBOSE"] = "0",
            });

    private static string Specification(FarmHost host) => string.Create(CultureInfo.InvariantCulture, $"{host.Address}/{host.Jobs},lzo");

    /// <summary>
    /// A script that says the compiler by the name that hosts know, and clang's target as distcc understands it: it overlooks --target=
    /// and adds -target of its own host. distcc sends sources with their macros expanded, of which clang warns as if people wrote so.
    /// </summary>
    private static string WriteCall(FarmCompiler compiler, string folder)
    {
        var programs = Path.Combine(folder, "bin");
        Directory.CreateDirectory(programs);
        var link = Path.Combine(programs, compiler.Name);
        File.Delete(link);
        File.CreateSymbolicLink(link, compiler.Path);
        var script = Path.Combine(folder, "call");
        var (target, expanded) = compiler.IsClang
            ? ($" -target {compiler.Target}", " -Wno-parentheses-equality -Wno-unused-value")
            : ("", "");
        AtomicFile.Write(script, $"""
            #!/bin/sh
            shift
            PATH={programs}:$PATH exec distcc {compiler.Name}{target} "$@"{expanded}

            """);
        File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
        return script;
    }

    /// <summary>What distcc itself would use.</summary>
    private static async Task<ImmutableArray<FarmHost>> OwnListAsync(Func<string, Command> make, BuildFarmSetting setting, CancellationToken cancellationToken)
    {
        var shown = await (make("distcc").WithArguments("--show-hosts") with { AnswerCodes = [1, 100, 116] }).RunAsync(cancellationToken);
        var hosts = shown.Output.Select(line => line.Trim().Split(',')[0])
            .Where(line => line.Length > 0 && !line.StartsWith('#') && !line.StartsWith("localhost", StringComparison.Ordinal))
            .Select(Shown)
            .ToImmutableArray();
        return hosts.IsEmpty
            ? throw new DiagnosticException(FarmDiagnostics.Unusable(
                setting, "cannot be used: distcc has no list of hosts", "set DISTCC_HOSTS, or write the hosts into the setting: distcc://HOST/JOBS"))
            : hosts;
    }

    private static FarmHost Shown(string line)
    {
        var slash = line.LastIndexOf('/');
        return slash > 0 && int.TryParse(line[(slash + 1)..], CultureInfo.InvariantCulture, out var jobs) && jobs > 0
            ? new FarmHost(line[..slash], line[..slash], jobs)
            : new FarmHost(line, line, 4);
    }
}
