using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Kconfig;

namespace KernelBuild.Cli.Config;

/// <summary>What the verbs of <c>config</c> share.</summary>
internal static class ConfigOptions
{
    public const string Prefix = "CONFIG_";

    public static Option<string?> Tree() => Arguments.Text("--tree", "The kernel's source, whose Kconfig files are read");

    public static Option<string> Architecture() =>
        new("--arch") { Description = "The folder below arch/ (default arm64)", DefaultValueFactory = _ => "arm64" };

    public static Option<bool> Json() =>
        new("--json") { Description = "Write one JSON document; its shape is in docs/guide/configuration.md" };

    /// <summary>The symbols of a tree. No program of the tree is run: what its macros ask of the host, the configuration says.</summary>
    public static KconfigModel Model(string tree, string architecture) => KconfigModel.Read(tree, TreeShell.Of(architecture));

    public static string Full(string name) => name.StartsWith(Prefix, StringComparison.Ordinal) ? name : Prefix + name;
}
