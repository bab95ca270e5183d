namespace Nuke.Common.Parameters;

/// <summary>What somebody wrote as the value of a parameter.</summary>
/// <param name="Texts">The values, not yet split at a separator.</param>
/// <param name="Origin">Where it stands, as the user would name it: <c>--jobs</c>, <c>environment variable JOBS</c>.</param>
internal sealed record RawValue(IReadOnlyList<string> Texts, string Origin);
