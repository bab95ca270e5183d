namespace Nuke.Common;

/// <summary>A target: a property of the build class, such as <c>Target Compile => _ => _.DependsOn(Clean).Executes(…)</c>.</summary>
/// <param name="definition">Collects what the target consists of.</param>
public delegate ITargetDefinition Target(ITargetDefinition definition);
