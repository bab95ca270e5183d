namespace Nuke.Common;

/// <summary>The build cannot start. It ends with exit code 2 before any target runs.</summary>
#pragma warning disable CA1064 // the host itself catches it; Nuke.Common has no such public type
internal sealed class UsageException(params IReadOnlyList<UsageError> errors) : Exception(string.Join("\n", errors))
#pragma warning restore CA1064
{
    public UsageException(string message, string fix)
        : this(new UsageError(message, fix))
    {
    }

    /// <summary>At least one.</summary>
    public IReadOnlyList<UsageError> Errors { get; } = errors;
}
