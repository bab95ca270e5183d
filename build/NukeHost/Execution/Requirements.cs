using System.Linq.Expressions;
using System.Reflection;
using Nuke.Common.Parameters;

namespace Nuke.Common.Execution;

/// <summary>Checks what targets require before the first of them runs.</summary>
internal static class Requirements
{
    /// <summary>Everything that is missing.</summary>
    public static IReadOnlyList<UsageError> Check(
        NukeBuild build, IEnumerable<ExecutableTarget> scheduled, IReadOnlyList<Parameter> parameters)
    {
        var errors = parameters
            .Where(parameter => parameter.IsRequired && !HasValue(OwnParameters.Get(build, parameter.Member!)))
            .Select(parameter => Missing("this build", parameter))
            .ToList();
        foreach (var target in scheduled)
        {
            foreach (var requirement in target.Definition.Requirements)
            {
                if (Check(target, requirement, parameters) is { } error && !errors.Contains(error))
                {
                    errors.Add(error);
                }
            }
        }

        return errors;
    }

    private static UsageError? Check(ExecutableTarget target, LambdaExpression requirement, IReadOnlyList<Parameter> parameters)
    {
        if (HasValue(Evaluate(requirement)))
        {
            return null;
        }

        var member = (requirement.Body as MemberExpression)?.Member;
        return parameters.FirstOrDefault(parameter => parameter.Member == member && member is not null) is { } parameter
            ? Missing($"target {target.Name}", parameter)
            : new UsageError(
                $"target {target.Name} requires {member?.Name ?? requirement.Body.ToString()}",
                "see the target's Requires in the build for what must hold");
    }

    private static UsageError Missing(string whose, Parameter parameter)
    {
        if (parameter.IsSwitch)
        {
            return new UsageError($"{whose} requires --{parameter.OptionName}", $"add --{parameter.OptionName}");
        }

        var meaning = parameter.Description.Length == 0 ? "" : $" ({parameter.Description})";
        return new UsageError(
            $"{whose} requires a value for --{parameter.OptionName}{meaning}",
            $"add --{parameter.OptionName} {ValueParser.Placeholder(parameter)}, or set \"{parameter.Name}\" in {ParametersFile.RelativePath}");
    }

    private static bool HasValue(object? value) => value switch
    {
        null or false => false,
        string text => text.Length > 0,
        Array array => array.Length > 0,
        _ => true,
    };

    /// <summary>Nearly always the lambda names a member of the build, which needs no compiler.</summary>
    private static object? Evaluate(LambdaExpression requirement) => requirement.Body switch
    {
        MemberExpression { Expression: ConstantExpression instance, Member: FieldInfo or PropertyInfo } member =>
            OwnParameters.Get(instance.Value, member.Member),
        MemberExpression { Expression: null, Member: FieldInfo or PropertyInfo } member => OwnParameters.Get(build: null, member.Member),
        _ => requirement.Compile(preferInterpretation: true).DynamicInvoke(),
    };
}
