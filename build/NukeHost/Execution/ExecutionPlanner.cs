namespace Nuke.Common.Execution;

/// <summary>Which targets run, in which order. Looks at the targets' relations only and changes nothing.</summary>
internal static class ExecutionPlanner
{
    /// <summary>
    /// The targets asked for, what they depend on and what they trigger. A target stands behind all its predecessors;
    /// among those that are free to stand anywhere, the order of declaration decides.
    /// </summary>
    /// <exception cref="UsageException">The relations form a circle; the message names it.</exception>
    public static IReadOnlyList<ExecutableTarget> Plan(IReadOnlyList<ExecutableTarget> targets, IReadOnlyCollection<ExecutableTarget> invoked)
    {
        var order = Sort(targets);
        var requested = new HashSet<ExecutableTarget>(invoked);
        while (true)
        {
            var plan = Select(order, requested);
            var triggered = plan.SelectMany(target => target.Triggers).Except(plan).ToList();
            if (triggered.Count == 0)
            {
                return plan;
            }

            requested.UnionWith(plan);
            requested.UnionWith(triggered);
        }
    }

    /// <summary>Dependents first: what is asked for, and then what those already chosen depend on.</summary>
    private static List<ExecutableTarget> Select(List<ExecutableTarget> dependentsFirst, HashSet<ExecutableTarget> requested)
    {
        var needed = new HashSet<ExecutableTarget>(requested);
        var plan = new List<ExecutableTarget>();
        foreach (var target in dependentsFirst.Where(needed.Contains))
        {
            plan.Add(target);
            needed.UnionWith(target.ExecutionDependencies);
        }

        plan.Reverse();
        return plan;
    }

    private static List<ExecutableTarget> Sort(IReadOnlyList<ExecutableTarget> targets)
    {
        var remaining = targets.ToList();
        var sorted = new List<ExecutableTarget>(targets.Count);
        while (remaining.Count > 0)
        {
            var depended = remaining.SelectMany(target => target.Predecessors).ToHashSet();
            var free = remaining.FindLast(target => !depended.Contains(target)) ?? throw CircleOf(remaining);
            remaining.Remove(free);
            sorted.Add(free);
        }

        return sorted;
    }

    /// <summary>Every target of <paramref name="remaining"/> is a predecessor of another one: walking from dependent to dependent must come round.</summary>
    private static UsageException CircleOf(List<ExecutableTarget> remaining)
    {
        var path = new List<ExecutableTarget>();
        var target = remaining[0];
        while (!path.Contains(target))
        {
            path.Add(target);
            target = remaining.First(dependent => dependent.Predecessors.Contains(target));
        }

        var circle = path[path.IndexOf(target)..];
        var names = circle.Append(target).Select(member => member.Name);
        return new UsageException(
            $"the targets wait for each other in a circle: {string.Join(" before ", names)}",
            "take one of these relations (DependsOn, DependentFor, Before, After, Triggers, TriggeredBy) out of the build");
    }
}
