namespace KernelBuild.Kconfig;

/// <summary>A "menu", "if" or "choice" that is open, or the place where a file is sourced.</summary>
/// <param name="Keyword">Which of them.</param>
/// <param name="Parts">Its own conditions, with their places.</param>
/// <param name="Visible">"visible if" of a menu; null for none.</param>
/// <param name="Choice">Of a choice.</param>
internal sealed record KconfigBlock(
    string Keyword, List<(KconfigExpression Condition, string File, int Line)> Parts, KconfigExpression? Visible, KconfigChoice? Choice)
{
    public KconfigExpression? Visible { get; set; } = Visible;
}
