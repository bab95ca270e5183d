using System.Diagnostics;
using System.Linq.Expressions;
using System.Reflection;

namespace Nuke.Common.Execution;

/// <summary>A target: what its lambda says, its relations to other targets, and its result.</summary>
internal sealed class ExecutableTarget(string name) : ITargetDefinition
{
    /// <summary>The name of the build's property.</summary>
    public string Name { get; } = name;

    public string DescriptionText { get; private set; } = "";

    public List<Action> Actions { get; } = [];

    /// <summary>The parameters that must have a value.</summary>
    public List<FieldInfo> Requirements { get; } = [];

    public List<Target> DependsOnTargets { get; } = [];

    public List<Target> BeforeTargets { get; } = [];

    /// <summary>They run before this one, whenever it runs.</summary>
    public IReadOnlyList<ExecutableTarget> ExecutionDependencies { get; set; } = [];

    /// <summary>They run before this one, if both run.</summary>
    public IReadOnlyList<ExecutableTarget> OrderDependencies { get; set; } = [];

    /// <summary>Runs when the command line names no target.</summary>
    public bool IsDefault { get; init; }

    /// <summary>The command line names it, or it is the default and the command line names none.</summary>
    public bool Invoked { get; set; }

    public ExecutionStatus Status { get; set; }

    public Stopwatch Stopwatch { get; } = new();

    /// <summary>Notes of the summary, shown as "key: value".</summary>
    public Dictionary<string, string> Summary { get; set; } = [];

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
