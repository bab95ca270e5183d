using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Nuke.Common;

/// <summary>Checks that end the running target with an exception.</summary>
public static class Assert
{
    /// <summary>Ends the target with the message.</summary>
    [DoesNotReturn]
    public static void Fail(string message, Exception? exception = null) => throw new InvalidOperationException(message, exception);

    /// <summary>Ends the target with the message, or with the text of the condition, when the condition is false.</summary>
    public static void True(
        [DoesNotReturnIf(false)] bool condition,
        string? message = null,
        [CallerArgumentExpression(nameof(condition))] string? argumentExpression = null)
    {
        if (!condition)
        {
            Fail(message ?? $"Expected to be true: {argumentExpression}");
        }
    }
}
