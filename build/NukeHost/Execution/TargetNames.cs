using Nuke.Common.Parameters;

namespace Nuke.Common.Execution;

/// <summary>Finds targets by what the user calls them.</summary>
internal static class TargetNames
{
    /// <summary>The target of each name; case and dashes do not count.</summary>
    /// <exception cref="UsageException">A name means no target; the message names the nearest and all.</exception>
    public static IReadOnlyList<ExecutableTarget> Find(IEnumerable<string> names, IReadOnlyList<ExecutableTarget> targets) =>
        [.. names.Select(name => targets.FirstOrDefault(target => Parameter.SameName(target.Name, name)) ?? throw Unknown(name, targets)).Distinct()];

    private static UsageException Unknown(string name, IReadOnlyList<ExecutableTarget> targets)
    {
        var nearest = Nearest.To(name, targets.Select(target => target.Name));
        var all = string.Join(", ", targets.Select(target => target.Name).Order(StringComparer.OrdinalIgnoreCase));
        return new UsageException($"there is no target {name}; the targets are {all}", nearest is null ? "name one of these" : $"did you mean {nearest}?");
    }
}
