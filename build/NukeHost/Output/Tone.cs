namespace Nuke.Common.Output;

/// <summary>The kind of a line; on a terminal, the colour: the number is that of the escape sequence SGR.</summary>
internal enum Tone
{
    Plain = 0,
    Bad = 31,
    Good = 32,
    Warning = 33,
    Title = 36,
    Faint = 90,
}
