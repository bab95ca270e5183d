namespace Nuke.Common.CI;

/// <summary>A job of the batch system Slurm, whose log is a file. NUKE itself does not know this host.</summary>
internal sealed class Slurm : Host;
