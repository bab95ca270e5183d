using System.Linq.Expressions;

namespace Nuke.Common;

/// <summary>What a build can say about a target. Every member returns the definition, so that calls can be chained.</summary>
public interface ITargetDefinition
{
    /// <summary>What the target does, as shown by <c>--help</c>.</summary>
    ITargetDefinition Description(string description);

    /// <summary>Work to do, in this order, after the work that was added before.</summary>
    ITargetDefinition Executes(params Action[] actions);

    /// <summary>Asynchronous work to do. The target waits for its end.</summary>
    ITargetDefinition Executes(Func<Task> action);

    /// <summary>Targets that run before this one whenever this one runs.</summary>
    ITargetDefinition DependsOn(params Target[] targets);

    /// <summary>If both run, this target runs before the given ones.</summary>
    ITargetDefinition Before(params Target[] targets);

    /// <summary>Parameters that must have a value for this target to run.</summary>
    ITargetDefinition Requires<T>(Expression<Func<T?>> parameterRequirement, params Expression<Func<T?>>[] parameterRequirements)
        where T : class;
}
