namespace Nuke.Common;

/// <summary>
/// A field of the build that the user can set: on the command line, else in the environment, else in .nuke/parameters.json.
/// If none of them sets it, the field keeps its initial value.
/// </summary>
/// <param name="description">What it is for, as shown by <c>--help</c>.</param>
[AttributeUsage(AttributeTargets.Field)]
public sealed class ParameterAttribute(string? description = null) : Attribute
{
    /// <summary>What it is for, as shown by <c>--help</c>.</summary>
    public string? Description { get; } = description;

    /// <summary>The name of the parameter, if it is not that of the field.</summary>
    public string? Name { get; set; }
}
