namespace Nuke.Common;

/// <summary>The parameter must have a value, whichever targets run.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class RequiredAttribute : Attribute;
