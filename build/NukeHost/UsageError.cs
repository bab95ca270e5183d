namespace Nuke.Common;

/// <summary>What is wrong with the command line, a parameter or the place the build runs in, and how to mend it.</summary>
internal sealed record UsageError(string Message, string Fix)
{
    /// <summary>The code of all of them, explained in docs/codes.</summary>
    public const string Code = "KB9010";

    public override string ToString() => $"error {Code}: {Message}\n  fix: {Fix}";
}
