using System.Collections.Immutable;

namespace KernelBuild.Kconfig;

/// <summary>Why a symbol has another value than somebody wants, and what would give it.</summary>
/// <param name="Cause">One sentence, without the symbol and its value.</param>
/// <param name="Steps">From the symbol down to what decides, a line each, indented by depth.</param>
/// <param name="Settings">Lines for a fragment, such as CONFIG_PCI=y, with which it has the value; empty where none are known.</param>
/// <param name="Advice">What to do where settings are not the answer; empty where they are.</param>
public sealed record KconfigReason(string Cause, ImmutableArray<string> Steps, ImmutableArray<string> Settings, string Advice);
