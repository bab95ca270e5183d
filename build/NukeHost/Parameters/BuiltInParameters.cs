namespace Nuke.Common.Parameters;

/// <summary>The parameters that every build has.</summary>
internal static class BuiltInParameters
{
    public static Parameter Help { get; } = new("Help", typeof(bool), "Shows the help text for this build assembly");

    public static Parameter Host { get; } = new("Host", typeof(BuildHost), "Host for execution. Default is 'automatic'");

    public static Parameter NoLogo { get; } = new("NoLogo", typeof(bool), "Disables displaying the banner");

    public static Parameter Plan { get; } = new("Plan", typeof(bool), "Shows the execution plan, and runs nothing");

    public static Parameter Root { get; } = new("Root", typeof(string), "Root directory during build execution")
    {
        ValueIsOptional = true,
    };

    public static Parameter Skip { get; } = new("Skip", typeof(string[]), "List of targets to be skipped. Empty list skips all dependencies")
    {
        Separator = "+",
        ValueIsOptional = true,
    };

    public static Parameter Target { get; } = new("Target", typeof(string[]), "List of targets to be invoked. Default is '{default_target}'")
    {
        Separator = "+",
    };

    public static Parameter Verbosity { get; } = new("Verbosity", typeof(Verbosity), "Logging verbosity during build execution. Default is 'Normal'");

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<Parameter> All { get; } = [Help, Host, NoLogo, Plan, Root, Skip, Target, Verbosity];
}
