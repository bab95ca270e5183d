namespace KernelBuild.Configure;

/// <summary>A 'config' or 'menuconfig' entry of a Kconfig file.</summary>
/// <param name="File">Relative to the tree.</param>
/// <param name="Line">Counted from 1.</param>
/// <param name="HasPrompt">Whether a person can set it; without one only 'select' and defaults do.</param>
/// <param name="Conditions">Its own 'depends on' lines and the 'if' and menu conditions around it in that file.</param>
public sealed record KconfigDeclaration(string Name, string File, int Line, bool HasPrompt, IReadOnlyList<string> Conditions);
