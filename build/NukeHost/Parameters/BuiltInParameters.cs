using Nuke.Common.CI;

namespace Nuke.Common.Parameters;

/// <summary>The parameters that every build has.</summary>
internal static class BuiltInParameters
{
    public static Parameter Help { get; } = new("Help", typeof(bool), "Shows the targets and parameters");

    public static Parameter Host { get; } = new(
        "Host", typeof(HostName), "Where the build runs, whose language the log speaks. By default what the environment tells");

    public static Parameter NoLogo { get; } = new("NoLogo", typeof(bool), "Leaves out the first line, which names program and version");

    public static Parameter Plan { get; } = new("Plan", typeof(bool), "Shows which targets would run and why, and runs nothing");

    public static Parameter Root { get; } = new("Root", typeof(string), "The project's directory");

    public static Parameter Skip { get; } = new("Skip", typeof(string[]), "Targets to skip; without names, all that are only dependencies");

    public static Parameter Target { get; } = new("Target", typeof(string[]), "Targets to run. Default is '{default_target}'");

    public static Parameter Verbosity { get; } = new("Verbosity", typeof(Verbosity), "Which messages are shown. Default is 'Normal'");

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<Parameter> All { get; } = [Help, Host, NoLogo, Plan, Root, Skip, Target, Verbosity];
}
