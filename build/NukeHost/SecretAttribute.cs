namespace Nuke.Common;

/// <summary>The parameter's value does not belong into .nuke/parameters.json; the schema says so where an editor would offer it.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;
