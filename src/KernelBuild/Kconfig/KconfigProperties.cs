namespace KernelBuild.Kconfig;

/// <summary>A default.</summary>
/// <param name="Value">A condition for yes and no, one operand for numbers and texts.</param>
/// <param name="Condition">With all that the declaration depends on; null for always.</param>
public sealed record KconfigDefault(KconfigExpression Value, KconfigExpression? Condition);

/// <summary>A "select" or an "imply", as the symbol sees it that is selected.</summary>
/// <param name="Selector">The symbol that selects.</param>
/// <param name="Condition">With all that the declaration of the selector depends on; null for always.</param>
/// <param name="File">Where it stands.</param>
/// <param name="Line">From 1.</param>
public sealed record KconfigSelection(KconfigSymbol Selector, KconfigExpression? Condition, string File, int Line);

/// <summary>The least and the greatest value of a number.</summary>
public sealed record KconfigRange(KconfigSymbol Least, KconfigSymbol Greatest, KconfigExpression? Condition);

/// <summary>A text by which a person can set a symbol.</summary>
/// <param name="Text">What menuconfig shows.</param>
/// <param name="Condition">When it is shown: with all that the declaration depends on, and the menus around it; null for always.</param>
public sealed record KconfigPrompt(string Text, KconfigExpression? Condition);
