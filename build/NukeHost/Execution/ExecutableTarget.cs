using System.Diagnostics;

namespace Nuke.Common.Execution;

/// <summary>A target with its place among the others, and what became of it.</summary>
public sealed class ExecutableTarget
{
    internal ExecutableTarget(string name, TargetDefinition definition)
    {
        Name = name;
        Definition = definition;
    }

    /// <summary>The name of the build's property.</summary>
    public string Name { get; }

    public string? Description => Definition.DescriptionText;

    public ExecutionStatus Status { get; internal set; }

    /// <summary>How long it ran, or has run until now.</summary>
    public TimeSpan Duration => Stopwatch.Elapsed;

    internal TargetDefinition Definition { get; }

    internal Stopwatch Stopwatch { get; } = new();

    /// <summary>Runs where no target is asked for.</summary>
    internal bool IsDefault { get; init; }

    /// <summary>Asked for by name, or the default.</summary>
    internal bool Invoked { get; set; }

    /// <summary>They run before this one, whenever it runs.</summary>
    internal List<ExecutableTarget> ExecutionDependencies { get; } = [];

    /// <summary>They run before this one, where both run.</summary>
    internal List<ExecutableTarget> OrderDependencies { get; } = [];

    /// <summary>This one runs after them, whenever they run.</summary>
    internal List<ExecutableTarget> TriggerDependencies { get; } = [];

    /// <summary>They run after this one, whenever it runs.</summary>
    internal List<ExecutableTarget> Triggers { get; } = [];

    /// <summary>All that must stand before this one in a plan.</summary>
    internal IEnumerable<ExecutableTarget> Predecessors => [.. ExecutionDependencies, .. OrderDependencies, .. TriggerDependencies];

    /// <summary>Notes of the summary, as "key: value".</summary>
    internal Dictionary<string, string> Summary { get; set; } = [];
}
