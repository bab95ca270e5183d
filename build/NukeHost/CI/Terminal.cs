namespace Nuke.Common.CI;

/// <summary>A terminal, a pipe or a file.</summary>
internal sealed class Terminal : Host;
