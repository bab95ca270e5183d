using System.Reflection;

namespace Nuke.Common.Execution;

/// <summary>Reads the targets of a build class.</summary>
internal static class TargetFactory
{
    /// <summary>The properties of type <see cref="Target"/>, in the order of declaration.</summary>
    public static IEnumerable<PropertyInfo> Properties(Type build) =>
        build.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(property => property.PropertyType == typeof(Target));

    /// <summary>All targets, with their relations.</summary>
    /// <param name="build">The build, after its parameters were set.</param>
    /// <param name="defaultTargets">Names of the targets that run when the command line names none.</param>
    public static IReadOnlyList<ExecutableTarget> Create(NukeBuild build, IReadOnlyCollection<string> defaultTargets)
    {
        var targets = Properties(build.GetType()).ToDictionary(
            property => (Target)property.GetValue(build)!,
            property => new ExecutableTarget(property.Name) { IsDefault = defaultTargets.Contains(property.Name) });
        foreach (var (describe, target) in targets)
        {
            describe(target);
        }

        foreach (var (self, target) in targets)
        {
            target.ExecutionDependencies = [.. target.DependsOnTargets.Select(other => targets[other])];
            target.OrderDependencies = [.. targets.Values.Where(other => other.BeforeTargets.Contains(self))];
        }

        return [.. targets.Values];
    }
}
