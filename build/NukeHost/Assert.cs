using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Nuke.Common;

/// <summary>Checks that end the running target with an exception whose message says what was expected.</summary>
public static class Assert
{
    /// <summary>Ends the target with the message.</summary>
    [DoesNotReturn]
    public static void Fail(string message, Exception? exception = null) => throw new InvalidOperationException(message, exception);

    public static void True(
        [DoesNotReturnIf(false)] bool condition,
        string? message = null,
        [CallerArgumentExpression(nameof(condition))] string? argumentExpression = null) =>
        Check(condition, message, $"Expected to be true: {argumentExpression}");

    public static void False(
        [DoesNotReturnIf(true)] bool condition,
        string? message = null,
        [CallerArgumentExpression(nameof(condition))] string? argumentExpression = null) =>
        Check(!condition, message, $"Expected to be false: {argumentExpression}");

    /// <summary>Returns the object, which is not null.</summary>
    public static T NotNull<T>(
        [NotNull] this T? obj,
        string? message = null,
        [CallerArgumentExpression(nameof(obj))] string? argumentExpression = null)
        where T : class
    {
        Check(obj is not null, message, $"Expected not to be null: {argumentExpression}");
        return obj!;
    }

    /// <summary>Returns the string, which has at least one character.</summary>
    public static string NotNullOrEmpty(
        [NotNull] this string? str,
        string? message = null,
        [CallerArgumentExpression(nameof(str))] string? argumentExpression = null)
    {
        Check(!string.IsNullOrEmpty(str), message, $"Expected not to be empty: {argumentExpression}");
        return str!;
    }

    public static void FileExists(
        [NotNull] string? path,
        string? message = null,
        [CallerArgumentExpression(nameof(path))] string? argumentExpression = null) =>
        Check(File.Exists(path.NotNull(argumentExpression: argumentExpression)), message, $"Expected file to exist: {path}");

    public static void DirectoryExists(
        [NotNull] string? path,
        string? message = null,
        [CallerArgumentExpression(nameof(path))] string? argumentExpression = null) =>
        Check(Directory.Exists(path.NotNull(argumentExpression: argumentExpression)), message, $"Expected directory to exist: {path}");

    private static void Check([DoesNotReturnIf(false)] bool holds, string? message, string expectation)
    {
        if (!holds)
        {
            Fail(message ?? expectation);
        }
    }
}
