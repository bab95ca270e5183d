using System.Linq.Expressions;
using System.Runtime.CompilerServices;

namespace Nuke.Common;

/// <summary>What can be said about a target. Every member returns the definition, so that calls can be chained.</summary>
public interface ITargetDefinition
{
    /// <summary>What the target does, as shown by <c>--help</c>.</summary>
    ITargetDefinition Description(string description);

    /// <summary>Work to do, in order, after the work already added.</summary>
    ITargetDefinition Executes(params Action[] actions);

    /// <summary>Asynchronous work to do; the target ends when it has ended.</summary>
    ITargetDefinition Executes(Func<Task> action);

    /// <summary>Targets that run before this one whenever this one runs.</summary>
    ITargetDefinition DependsOn(params Target[] targets);

    /// <summary>Targets before which this one runs whenever they run.</summary>
    ITargetDefinition DependentFor(params Target[] targets);

    /// <summary>Where both run, this target runs before the given ones.</summary>
    ITargetDefinition Before(params Target[] targets);

    /// <summary>Where both run, this target runs after the given ones.</summary>
    ITargetDefinition After(params Target[] targets);

    /// <summary>Targets that run after this one whenever this one runs.</summary>
    ITargetDefinition Triggers(params Target[] targets);

    /// <summary>Targets after which this one runs whenever they run.</summary>
    ITargetDefinition TriggeredBy(params Target[] targets);

    /// <summary>The target is skipped when the condition is false before the build starts.</summary>
    ITargetDefinition OnlyWhenStatic(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? conditionExpression = null);

    /// <summary>The target is skipped when the condition is false at the moment at which it would start.</summary>
    ITargetDefinition OnlyWhenDynamic(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? conditionExpression = null);

    /// <summary>Parameters that must have a value for this target to run.</summary>
    ITargetDefinition Requires<T>(Expression<Func<T?>> parameterRequirement, params Expression<Func<T?>>[] parameterRequirements)
        where T : class;

    /// <summary>Parameters that must have a value for this target to run.</summary>
    ITargetDefinition Requires<T>(Expression<Func<T?>> parameterRequirement, params Expression<Func<T?>>[] parameterRequirements)
        where T : struct;

    /// <summary>Conditions that must be true for this target to run.</summary>
    ITargetDefinition Requires(Expression<Func<bool>> requirement, params Expression<Func<bool>>[] requirements);

    /// <summary>When this target fails, the targets after it run all the same. The build still fails.</summary>
    ITargetDefinition ProceedAfterFailure();

    /// <summary>The target runs even after another one failed or the build was interrupted.</summary>
    ITargetDefinition AssuredAfterFailure();

    /// <summary>The target is left out of <c>--help</c>.</summary>
    ITargetDefinition Unlisted();

    /// <summary>Paths or patterns of what the target makes. Documentation only.</summary>
    ITargetDefinition Produces(params string[] artifacts);
}
