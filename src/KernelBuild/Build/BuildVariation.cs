using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Build;

/// <summary>
/// The surroundings of a second build, each other than those of the first: what a product must not depend on. What this host cannot vary is
/// named, with the reason.
/// </summary>
/// <param name="Varied">Names such as "path" and "host name".</param>
/// <param name="NotVaried">Such as "clock: libfaketime is not installed".</param>
public sealed record BuildVariation(ImmutableArray<string> Varied, ImmutableArray<string> NotVaried)
{
    private const string HostName = "kernelbuild-other-host";
    private const string User = "12345";
    private const string Umask = "0077";

    /// <summary>Debian's place of it, by architecture.</summary>
    private static readonly string[] _fakeTimeLibraries =
    [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib64/faketime/libfaketime.so.1",
    ];

    private bool HasNamespaces { get; init; }

    private string? FakeTimeLibrary { get; init; }

    /// <summary>Tries what this host can do.</summary>
    public static async Task<BuildVariation> ProbeAsync(CancellationToken cancellationToken)
    {
        var varied = new List<string> { "path", "compiler cache (off)", "number of jobs", "umask", "locale and time zone" };
        var not = new List<string>();
        var hasNamespaces = await CanUnshareAsync(cancellationToken);
        if (hasNamespaces)
        {
            varied.AddRange(["host name", "user"]);
        }
        else
        {
            not.Add("host name and user: unshare (util-linux) may make no namespaces here");
        }

        var faketime = _fakeTimeLibraries.FirstOrDefault(File.Exists);
        return new BuildVariation([.. varied], [.. not]) { HasNamespaces = hasNamespaces, FakeTimeLibrary = faketime }
            .With("clock", faketime is null ? "libfaketime is not installed (Debian: libfaketime)" : null);
    }

    /// <summary>The same, and one thing more.</summary>
    /// <param name="what">Such as "clock".</param>
    /// <param name="whyNot">Why this host cannot vary it; null when it is varied.</param>
    public BuildVariation With(string what, string? whyNot) => whyNot is null
        ? this with { Varied = [.. Varied, what] }
        : this with { NotVaried = [.. NotVaried, $"{what}: {whyNot}"] };

    /// <summary>The command in the other surroundings.</summary>
    /// <param name="build">With its whole environment.</param>
    public Command Apply(Command build)
    {
        var command = build
            .WithEnvironment("LANG", "tr_TR.UTF-8")
            .WithEnvironment("LC_ALL", "tr_TR.UTF-8")
            .WithEnvironment("TZ", "Pacific/Kiritimati")
            .WithEnvironment("USER", "somebody")
            .WithEnvironment("LOGNAME", "somebody")
            .WithEnvironment("HOSTNAME", HostName);
        if (FakeTimeLibrary is { } library)
        {
            // the build gives its programs a short environment: this is how it is told to add the clock to it
            command = command.WithEnvironment(ToolEnvironment.OtherClock, library);
        }

        // the shell is the only one that can set umask; the second namespace is of another user, who has no rights in the first
        var inside = HasNamespaces
            ? $"hostname {HostName} && umask {Umask} && exec unshare --user --map-user={User} --map-group={User} -- \"$@\""
            : $"umask {Umask} && exec \"$@\"";
        string[] shell = ["sh", "-c", inside, "sh", command.Program, .. command.Arguments];
        string[] whole = HasNamespaces ? ["unshare", "--user", "--map-root-user", "--uts", "--", .. shell] : shell;
        return command with { Program = whole[0], Arguments = [.. whole[1..]] };
    }

    private static async Task<bool> CanUnshareAsync(CancellationToken cancellationToken)
    {
        try
        {
            var result = await (new Command("unshare").WithArguments(
                "--user", "--map-root-user", "--uts", "--", "sh", "-c",
                $"hostname {HostName} && exec unshare --user --map-user={User} --map-group={User} -- true") with
            {
                AnswerCodes = [.. Enumerable.Range(1, 255)],
            }).RunAsync(cancellationToken);
            return result.ExitCode == 0;
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolMissing)
        {
            return false;
        }
    }
}
