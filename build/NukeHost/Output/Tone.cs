namespace Nuke.Common.Output;

/// <summary>What a line is, which a terminal shows as its colour.</summary>
internal enum Tone
{
    Plain,
    Faint,
    Title,
    Good,
    Warning,
    Bad,
}
