using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;

namespace KernelBuild.Farm;

/// <summary>Where the compiler runs besides this machine: nowhere, on the hosts of icecream's scheduler, or on hosts with distcc.</summary>
[JsonConverter(typeof(BuildFarmSettingJson))]
public sealed partial record BuildFarmSetting
{
    private const string Forms =
        "false, icecream (the daemon of this host), icecream://SCHEDULER[:PORT][/NETNAME], distcc (its own list of hosts), "
        + "distcc://HOST[:PORT][/JOBS],HOST...";

    /// <summary>Overrides the project.</summary>
    public const string Variable = "KERNELBUILD_BUILD_FARM";

    /// <summary>icecc-scheduler's.</summary>
    public const int SchedulerPort = 8765;

    /// <summary>distccd's.</summary>
    public const int DistccPort = 3632;

    /// <summary>What distcc takes for a host that says no limit.</summary>
    private const int DefaultJobs = 4;

    private BuildFarmSetting(FarmKind kind) => Kind = kind;

    public static BuildFarmSetting None { get; } = new(FarmKind.None);

    public FarmKind Kind { get; private init; }

    /// <summary>Of icecream; null for whichever the daemon of this host has.</summary>
    public string? Scheduler { get; private init; }

    public int Port { get; private init; } = SchedulerPort;

    /// <summary>icecream's name for one farm of several in a network; empty for its default.</summary>
    public string NetName { get; private init; } = "";

    /// <summary>Of distcc; empty for its own list: DISTCC_HOSTS, ~/.distcc/hosts, /etc/distcc/hosts.</summary>
    public ImmutableArray<FarmHost> Hosts { get; private init; } = [];

    public bool IsUsed => Kind != FarmKind.None;

    /// <summary>The program that stands before the compiler.</summary>
    public string Client => Kind == FarmKind.Icecream ? "icecc" : "distcc";

    /// <summary>Reads what a project, an option or the environment says.</summary>
    /// <exception cref="DiagnosticException">KB4019: nothing that is understood.</exception>
    public static BuildFarmSetting Parse(string text)
    {
        text = text.Trim();
        return text.ToUpperInvariant() switch
        {
            "" or "FALSE" or "OFF" or "NO" => None,
            "ICECREAM" or "ICECC" => new(FarmKind.Icecream),
            "DISTCC" => new(FarmKind.Distcc),
            _ when Url().Match(text) is { Success: true } url => url.Groups[1].Value.Equals("distcc", StringComparison.OrdinalIgnoreCase)
                ? OfDistcc(text, url.Groups[2].Value)
                : OfIcecream(text, url.Groups[2].Value),
            _ => throw Invalid(text, "is not understood"),
        };
    }

    /// <summary>What the environment says; null when it says nothing.</summary>
    /// <exception cref="DiagnosticException">KB4019.</exception>
    public static BuildFarmSetting? FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text ? Parse(text) : null;

    public override string ToString() => Kind switch
    {
        FarmKind.None => "false",
        FarmKind.Icecream when Scheduler is null => "icecream",
        FarmKind.Icecream => string.Create(
            CultureInfo.InvariantCulture,
            $"icecream://{Scheduler}{(Port == SchedulerPort ? "" : ":" + Port.ToString(CultureInfo.InvariantCulture))}{(NetName.Length > 0 ? "/" + NetName : "")}"),
        _ when Hosts.IsEmpty => "distcc",
        _ => "distcc://" + string.Join(',', Hosts.Select(host => $"{host.Address}/{host.Jobs.ToString(CultureInfo.InvariantCulture)}")),
    };

    private static BuildFarmSetting OfIcecream(string text, string rest)
    {
        var match = SchedulerForm().Match(rest);
        return match.Success
            ? new(FarmKind.Icecream)
            {
                Scheduler = match.Groups[1].Value,
                Port = Number(text, "port", match.Groups[2].Value, SchedulerPort, ushort.MaxValue),
                NetName = match.Groups[3].Value,
            }
            : throw Invalid(text, "does not name a scheduler as HOST, HOST:PORT or HOST:PORT/NETNAME");
    }

    private static BuildFarmSetting OfDistcc(string text, string rest)
    {
        var hosts = ImmutableArray.CreateBuilder<FarmHost>();
        foreach (var one in rest.Split(','))
        {
            var match = HostForm().Match(one);
            if (!match.Success)
            {
                throw Invalid(text, $"has '{one}', which is no HOST, HOST:PORT or HOST:PORT/JOBS");
            }

            var port = Number(text, "port", match.Groups[2].Value, DistccPort, ushort.MaxValue);
            var address = match.Groups[1].Value + (port == DistccPort ? "" : ":" + port.ToString(CultureInfo.InvariantCulture));
            hosts.Add(new FarmHost(address, address, Number(text, "number of jobs", match.Groups[3].Value, DefaultJobs, 1000)));
        }

        return hosts.DistinctBy(host => host.Address).Count() == hosts.Count
            ? new(FarmKind.Distcc) { Hosts = hosts.ToImmutable() }
            : throw Invalid(text, "names a host twice");
    }

    private static int Number(string text, string what, string digits, int otherwise, int most) => digits.Length == 0
        ? otherwise
        : int.TryParse(digits, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
            ? number
            : throw Invalid(text, $"has the {what} {digits}; 1 to {most.ToString(CultureInfo.InvariantCulture)} was expected");

    private static DiagnosticException Invalid(string text, string what) => new(Diagnostic.Error(
        DiagnosticCodes.BuildFarmInvalid, $"the build farm '{text}' {what}", "understood are " + Forms));

    [GeneratedRegex("^(icecream|icecc|distcc)://(.*)$", RegexOptions.IgnoreCase)]
    private static partial Regex Url();

    [GeneratedRegex(@"^([A-Za-z0-9][A-Za-z0-9._-]*)(?::(\d+))?(?:/([A-Za-z0-9][A-Za-z0-9._-]*)?)?$")]
    private static partial Regex SchedulerForm();

    [GeneratedRegex(@"^([A-Za-z0-9][A-Za-z0-9._-]*)(?::(\d+))?(?:/(\d+))?$")]
    private static partial Regex HostForm();
}
