namespace KernelBuild.Kconfig;

/// <summary>What an expression is.</summary>
public enum KconfigOperator
{
    /// <summary>A symbol, or a constant, which is a symbol whose value is its name.</summary>
    Symbol,
    Not,
    And,
    Or,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
