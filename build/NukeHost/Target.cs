namespace Nuke.Common;

/// <summary>A target of the build, as a property of the build class: <c>Target Compile => _ => _.DependsOn(Clean).Executes(…)</c>.</summary>
/// <param name="definition">What the lambda describes the target on.</param>
public delegate ITargetDefinition Target(ITargetDefinition definition);
