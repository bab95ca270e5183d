using Nuke.Common.CI;
using Nuke.Common.Output;

namespace Nuke.Common;

/// <summary>Where the build runs: a CI service, a cluster, or a terminal; and how its log is written there.</summary>
public abstract class Host
{
    /// <summary>The name, as <c>--host</c> takes it.</summary>
    public override string ToString() => GetType().Name;

    /// <summary>Whether the log shows colours although it is no terminal.</summary>
    internal virtual bool ShowsColours => false;

    /// <summary>The host of that name.</summary>
    internal static Host Of(HostName name, BuildConsole console) => name switch
    {
        HostName.GitHubActions => new CI.GitHubActions.GitHubActions(console),
        HostName.GitLab => new CI.GitLab.GitLab(console),
        HostName.Slurm => new Slurm(),
        _ => new Terminal(),
    };

    /// <summary>The host that the variables of the environment tell of.</summary>
    internal static HostName Detect(IReadOnlyDictionary<string, string> environment) =>
        environment.GetValueOrDefault("GITHUB_ACTIONS") == "true" ? HostName.GitHubActions
        : environment.GetValueOrDefault("GITLAB_CI") == "true" ? HostName.GitLab
        : environment.ContainsKey("SLURM_JOB_ID") ? HostName.Slurm
        : HostName.Terminal;

    /// <summary>
    /// A text of the log, such that the host takes no part of it as a command: what a patch or a tool says must not steer the host.
    /// </summary>
    internal virtual string Neutralize(string text) => text;

    /// <summary>Begins the part of the log that belongs to a target.</summary>
    internal virtual void Begin(BuildConsole console, string target) => console.Header(target);

    /// <summary>Ends what <see cref="Begin"/> began.</summary>
    internal virtual void End()
    {
    }

    /// <summary>Says on the host's pages that the build failed, where nothing else has said why.</summary>
    /// <param name="title">A target, or the code of an error.</param>
    internal virtual void Fail(string title, string message)
    {
    }
}
