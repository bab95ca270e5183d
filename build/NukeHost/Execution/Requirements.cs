using Nuke.Common.Parameters;

namespace Nuke.Common.Execution;

/// <summary>Checks, before the first target runs, that the parameters which targets require have a value.</summary>
internal static class Requirements
{
    /// <summary>An error for each parameter that a target requires and that has no value.</summary>
    public static IReadOnlyList<UsageError> Check(
        NukeBuild build, IEnumerable<ExecutableTarget> scheduled, IReadOnlyList<Parameter> parameters) =>
    [
        .. scheduled
            .SelectMany(target => target.Requirements, (target, field) => (Target: target, Field: field))
            .Where(requirement => requirement.Field.GetValue(build) is null or "" or Array { Length: 0 })
            .Select(requirement => Missing(requirement.Target, parameters.First(parameter => parameter.Field == requirement.Field))),
    ];

    private static UsageError Missing(ExecutableTarget target, Parameter parameter)
    {
        var meaning = parameter.Description.Length == 0 ? "" : $" ({parameter.Description})";
        return new UsageError(
            $"target {target.Name} requires a value for --{parameter.OptionName}{meaning}",
            $"add --{parameter.OptionName} {parameter.Placeholder}, or set \"{parameter.Name}\" in {ParametersFile.RelativePath}");
    }
}
