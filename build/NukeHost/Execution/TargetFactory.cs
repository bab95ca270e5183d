using System.Reflection;

namespace Nuke.Common.Execution;

/// <summary>Reads the targets of a build class.</summary>
internal static class TargetFactory
{
    /// <summary>The properties of type <see cref="Target"/>, in the order of declaration.</summary>
    public static IReadOnlyList<PropertyInfo> Properties(Type build) =>
    [
        .. build.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(property => property.PropertyType == typeof(Target)),
    ];

    /// <summary>Every target, with its dependencies resolved.</summary>
    /// <param name="build">The build, its parameters set.</param>
    /// <param name="defaultTargets">Names of the targets that run where none is asked for.</param>
    public static IReadOnlyList<ExecutableTarget> Create(NukeBuild build, IReadOnlyCollection<string> defaultTargets)
    {
        var byFactory = new Dictionary<Target, ExecutableTarget>();
        foreach (var property in Properties(build.GetType()))
        {
            var factory = (Target)property.GetValue(build)!;
            var definition = new TargetDefinition();
            factory(definition);
            byFactory.Add(factory, new ExecutableTarget(property.Name, definition) { IsDefault = defaultTargets.Contains(property.Name) });
        }

        foreach (var target in byFactory.Values)
        {
            Connect(target, byFactory);
        }

        return [.. byFactory.Values];
    }

    private static void Connect(ExecutableTarget target, Dictionary<Target, ExecutableTarget> all)
    {
        IEnumerable<ExecutableTarget> Find(List<Target> factories) => factories.Select(factory =>
            all.TryGetValue(factory, out var found)
                ? found
                : throw new InvalidOperationException($"Target {target.Name} names a target that is not a property of the build"));

        var definition = target.Definition;
        target.ExecutionDependencies.AddRange(Find(definition.DependsOnTargets));
        target.OrderDependencies.AddRange(Find(definition.AfterTargets));
        foreach (var other in Find(definition.DependentForTargets))
        {
            other.ExecutionDependencies.Add(target);
        }

        foreach (var other in Find(definition.BeforeTargets))
        {
            other.OrderDependencies.Add(target);
        }

        foreach (var other in Find(definition.TriggersTargets))
        {
            target.Triggers.Add(other);
            other.TriggerDependencies.Add(target);
        }

        foreach (var other in Find(definition.TriggeredByTargets))
        {
            other.Triggers.Add(target);
            target.TriggerDependencies.Add(other);
        }
    }
}
