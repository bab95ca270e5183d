namespace KernelBuild.EndToEnd.Tests;

/// <summary>Tests that run alone: they compile the SDK's own folder, or measure how fast a server answers.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>One cluster of Slurm at a time: its daemons know this machine by one name.</summary>
[CollectionDefinition(nameof(SlurmCluster))]
public sealed class OneCluster;
