using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Config;

/// <summary>The JSON document of <c>config why --json</c>.</summary>
internal sealed record ConfigWhyReport(IReadOnlyList<ConfigAnswer> Symbols) : JsonReport;

/// <summary>A symbol, and why.</summary>
/// <param name="Wanted">The value asked for.</param>
/// <param name="Cause">Why it has not that value; null when it has.</param>
/// <param name="Steps">Down to what decides.</param>
/// <param name="Settings">Lines for a fragment with which it has the value; empty where none are known.</param>
/// <param name="Advice">Where settings are not the answer.</param>
/// <param name="Sources">Where its value comes from.</param>
internal sealed record ConfigAnswer(
    string Symbol, string Value, string Wanted, string? Cause, IReadOnlyList<string> Steps, IReadOnlyList<string> Settings, string Advice,
    IReadOnlyList<string> Sources);

/// <summary>The JSON document of <c>config diff --json</c>.</summary>
internal sealed record ConfigDiffReport(string From, string To, IReadOnlyList<ConfigChange> Changes) : JsonReport;

/// <summary>A symbol with another value.</summary>
/// <param name="Dependents">Symbols whose value differs as well, and whose conditions name this one; empty without a tree.</param>
internal sealed record ConfigChange(string Symbol, string From, string To, IReadOnlyList<string> Dependents);

/// <summary>The JSON document of <c>config check --json</c>.</summary>
internal sealed record ConfigCheckReport(string Config, int Fulfilled, int Missing, int Optional) : JsonReport;

/// <summary>The JSON document of <c>config show --json</c>.</summary>
internal sealed record ConfigShowReport(IReadOnlyList<ConfigLineInfo> Symbols) : JsonReport;

/// <summary>A symbol of fragments.</summary>
/// <param name="Value">Of the line that wins.</param>
/// <param name="Place">File and line of it.</param>
/// <param name="Also">Other lines, each with its value and "same" or "overridden".</param>
/// <param name="Scope">For which kernels, and whether it is optional; empty for always.</param>
internal sealed record ConfigLineInfo(string Symbol, string Value, string Place, IReadOnlyList<string> Also, string Scope);

/// <summary>The JSON document of <c>config minimize --json</c>.</summary>
/// <param name="Proved">The kernel's own conf made the same of the fragment as of the configuration.</param>
/// <param name="Lines">Of the fragment, sorted.</param>
internal sealed record ConfigMinimizeReport(bool Proved, IReadOnlyList<ConfigSettingInfo> Lines) : JsonReport;

/// <param name="Value">As .config writes it; "n" for "is not set".</param>
internal sealed record ConfigSettingInfo(string Symbol, string Value);
