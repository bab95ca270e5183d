namespace Nuke.Common.Execution;

/// <summary>Decides which targets run, and in which order. Only reads the relations of the targets.</summary>
internal static class ExecutionPlanner
{
    /// <summary>
    /// The invoked targets and those they depend on. A target comes after all that must run before it; apart from that, the
    /// order is that of declaration.
    /// </summary>
    /// <exception cref="UsageException">The relations form a cycle; the message names it.</exception>
    public static IReadOnlyList<ExecutableTarget> Plan(
        IReadOnlyList<ExecutableTarget> targets, IReadOnlyCollection<ExecutableTarget> invoked)
    {
        var ordered = new List<ExecutableTarget>();
        foreach (var target in targets)
        {
            Append(target, [], targets, ordered);
        }

        var needed = invoked.ToHashSet();
        foreach (var target in Enumerable.Reverse(ordered).Where(needed.Contains))
        {
            needed.UnionWith(target.ExecutionDependencies);
        }

        return [.. ordered.Where(needed.Contains)];
    }

    /// <summary>Appends the target, and before it all targets that must run before it.</summary>
    /// <param name="path">The targets that wait for this one, the nearest last.</param>
    private static void Append(
        ExecutableTarget target, List<ExecutableTarget> path, IReadOnlyList<ExecutableTarget> targets, List<ExecutableTarget> ordered)
    {
        if (ordered.Contains(target))
        {
            return;
        }

        if (path.Contains(target))
        {
            throw Cycle([.. path[path.IndexOf(target)..], target]);
        }

        path.Add(target);
        foreach (var other in targets)
        {
            if (target.ExecutionDependencies.Contains(other) || target.OrderDependencies.Contains(other))
            {
                Append(other, path, targets, ordered);
            }
        }

        path.Remove(target);
        ordered.Add(target);
    }

    private static UsageException Cycle(IEnumerable<ExecutableTarget> waiting) => new(
        $"the targets wait for each other in a cycle: {string.Join(" before ", waiting.Reverse().Select(target => target.Name))}",
        "remove one of these relations (DependsOn, Before) from the build");
}
