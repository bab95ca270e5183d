namespace Nuke.Common;

/// <summary>An error in the command line, in a parameter or in the working directory, and how to correct it.</summary>
internal sealed record UsageError(string Message, string Fix)
{
    /// <summary>The code of all these errors, explained in docs/codes.</summary>
    public const string Code = "KB9010";

    public override string ToString() => $"error {Code}: {Message}\n  fix: {Fix}";
}
