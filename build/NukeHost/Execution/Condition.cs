namespace Nuke.Common.Execution;

/// <summary>A condition under which a target runs.</summary>
/// <param name="Text">The condition as the build's source spells it, without the lambda's arrow.</param>
/// <param name="Holds">Evaluates it.</param>
internal sealed record Condition(string Text, Func<bool> Holds)
{
    public static Condition Create(Func<bool> holds, string? expression)
    {
        var arrow = expression?.IndexOf("=>", StringComparison.Ordinal) ?? -1;
        return new Condition(arrow < 0 ? expression ?? "condition" : expression![(arrow + 2)..].Trim(), holds);
    }
}
