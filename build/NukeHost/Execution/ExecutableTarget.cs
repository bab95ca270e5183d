using System.Diagnostics;
using System.Linq.Expressions;
using System.Reflection;

namespace Nuke.Common.Execution;

/// <summary>A target: what its lambda says, its relations to other targets, and its result.</summary>
public sealed class ExecutableTarget : ITargetDefinition
{
    internal ExecutableTarget(string name) => Name = name;

    /// <summary>The name of the build's property.</summary>
    public string Name { get; }

    /// <summary>How far it is.</summary>
    public ExecutionStatus Status { get; internal set; }

    /// <summary>How long it has run; zero when it did not.</summary>
    public TimeSpan Duration => Stopwatch.Elapsed;

    internal string DescriptionText { get; private set; } = "";

    internal List<Action> Actions { get; } = [];

    /// <summary>The parameters that must have a value.</summary>
    internal List<FieldInfo> Requirements { get; } = [];

    internal List<Target> DependsOnTargets { get; } = [];

    internal List<Target> BeforeTargets { get; } = [];

    /// <summary>They run before this one, whenever it runs.</summary>
    internal IReadOnlyList<ExecutableTarget> ExecutionDependencies { get; set; } = [];

    /// <summary>They run before this one, if both run.</summary>
    internal IReadOnlyList<ExecutableTarget> OrderDependencies { get; set; } = [];

    /// <summary>Runs when the command line names no target.</summary>
    internal bool IsDefault { get; init; }

    /// <summary>The command line names it, or it is the default and the command line names none.</summary>
    public bool Invoked { get; internal set; }

    internal Stopwatch Stopwatch { get; } = new();

    /// <summary>Notes of the summary, shown as "key: value".</summary>
    internal Dictionary<string, string> Summary { get; set; } = [];

    public ITargetDefinition Description(string description)
    {
        DescriptionText = description;
        return this;
    }

    public ITargetDefinition Executes(params Action[] actions) => Add(Actions, actions);

    public ITargetDefinition Executes(Func<Task> action) => Executes(() => action().GetAwaiter().GetResult());

    public ITargetDefinition DependsOn(params Target[] targets) => Add(DependsOnTargets, targets);

    public ITargetDefinition Before(params Target[] targets) => Add(BeforeTargets, targets);

    public ITargetDefinition Requires<T>(
        Expression<Func<T?>> parameterRequirement, params Expression<Func<T?>>[] parameterRequirements)
        where T : class => Add(Requirements, parameterRequirements.Prepend(parameterRequirement).Select(FieldOf));

    private ExecutableTarget Add<T>(List<T> list, IEnumerable<T> items)
    {
        list.AddRange(items);
        return this;
    }

    /// <summary>The field, read from the expression, because compiling the expression is slow.</summary>
    private static FieldInfo FieldOf<T>(Expression<Func<T>> requirement) =>
        (requirement.Body as MemberExpression)?.Member as FieldInfo
        ?? throw new ArgumentException($"Requires takes a parameter of the build: {requirement.Body}");
}
