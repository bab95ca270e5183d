namespace Nuke.Common;

/// <summary>The build cannot start. Ends it with exit code 2, before any target has run.</summary>
#pragma warning disable CA1064 // caught by the host itself; the API that builds are written against has no such type
internal sealed class UsageException(IReadOnlyList<UsageError> errors) : Exception(string.Join("\n", errors))
#pragma warning restore CA1064
{
    public UsageException(string message, string fix)
        : this([new UsageError(message, fix)])
    {
    }

    /// <summary>At least one.</summary>
    public IReadOnlyList<UsageError> Errors { get; } = errors;
}
