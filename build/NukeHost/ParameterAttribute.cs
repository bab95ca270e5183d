namespace Nuke.Common;

/// <summary>
/// A field or property of the build that is set from outside: the command line, then the environment, then
/// .nuke/parameters.json; where none of them names it, the initialiser stands.
/// </summary>
/// <param name="description">What it is for, as shown by <c>--help</c>.</param>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ParameterAttribute(string? description = null) : Attribute
{
    /// <summary>What it is for, as shown by <c>--help</c>.</summary>
    public string? Description { get; } = description;

    /// <summary>The name to use instead of the member's.</summary>
    public string? Name { get; set; }

    /// <summary>What stands between the values of an array, besides the space between arguments.</summary>
    public string? Separator { get; set; }
}
