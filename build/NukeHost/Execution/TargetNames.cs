using Nuke.Common.Parameters;

namespace Nuke.Common.Execution;

/// <summary>Finds targets by the names that the user wrote.</summary>
internal static class TargetNames
{
    /// <summary>The target of each name. Case and dashes are ignored; a plus sign separates names.</summary>
    /// <exception cref="UsageException">There is no target of this name.</exception>
    public static IReadOnlyList<ExecutableTarget> Find(IEnumerable<string> names, IReadOnlyList<ExecutableTarget> targets) =>
    [
        .. names.SelectMany(name => name.Split('+', StringSplitOptions.RemoveEmptyEntries))
            .Select(name => targets.FirstOrDefault(target => Parameter.SameName(target.Name, name)) ?? throw Unknown(name, targets))
            .Distinct(),
    ];

    private static UsageException Unknown(string name, IReadOnlyList<ExecutableTarget> targets)
    {
        var nearest = Nearest.To(name, targets.Select(target => target.Name));
        var all = string.Join(", ", targets.Select(target => target.Name).Order(StringComparer.OrdinalIgnoreCase));
        return new UsageException(
            $"there is no target {name}; the targets are {all}", nearest is null ? "name one of these" : $"did you mean {nearest}?");
    }
}
