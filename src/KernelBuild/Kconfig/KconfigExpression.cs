namespace KernelBuild.Kconfig;

/// <summary>A condition of Kconfig. Source: Documentation/kbuild/kconfig-language.rst, "Menu dependencies".</summary>
/// <param name="Operator">What it is.</param>
/// <param name="Symbol">Of an operand; else null.</param>
/// <param name="Left">The first operand; null for an operand itself.</param>
/// <param name="Right">The second operand; null for "not" and for an operand itself.</param>
public sealed record KconfigExpression(
    KconfigOperator Operator, KconfigSymbol? Symbol = null, KconfigExpression? Left = null, KconfigExpression? Right = null)
{
    /// <summary>Symbols in it, constants left out, each once, in their order.</summary>
    public IEnumerable<KconfigSymbol> Symbols => All().Where(symbol => !symbol.IsConstant).Distinct();

    /// <summary>All operands, constants too.</summary>
    internal IEnumerable<KconfigSymbol> Operands => All();

    public static KconfigExpression Of(KconfigSymbol symbol) => new(KconfigOperator.Symbol, symbol);

    /// <summary>Both; a null is no condition.</summary>
    public static KconfigExpression? And(KconfigExpression? one, KconfigExpression? other) =>
        one is null ? other : other is null ? one : new KconfigExpression(KconfigOperator.And, null, one, other);

    /// <summary>Either.</summary>
    public static KconfigExpression Or(KconfigExpression one, KconfigExpression other) => new(KconfigOperator.Or, null, one, other);

    public static KconfigExpression Not(KconfigExpression one) => new(KconfigOperator.Not, null, one);

    /// <summary>As Kconfig writes it.</summary>
    public override string ToString() => Text(0);

    private string Text(int around) => Operator switch
    {
        KconfigOperator.Symbol => Symbol!.IsConstant && Symbol.Name is not ("y" or "m" or "n") && !Symbol.Name.All(char.IsAsciiLetterOrDigit)
            ? $"\"{Symbol.Name}\"" : Symbol.Name,
        KconfigOperator.Not => "!" + Left!.Text(3),
        KconfigOperator.And => Bracketed(2, around, $"{Left!.Text(2)} && {Right!.Text(2)}"),
        KconfigOperator.Or => Bracketed(1, around, $"{Left!.Text(1)} || {Right!.Text(1)}"),
        _ => Bracketed(3, around, Left!.Text(3) + Sign() + Right!.Text(3)),
    };

    private static string Bracketed(int own, int around, string text) => own < around ? $"({text})" : text;

    private string Sign() => Operator switch
    {
        KconfigOperator.Equal => "=",
        KconfigOperator.Unequal => "!=",
        KconfigOperator.Less => "<",
        KconfigOperator.LessOrEqual => "<=",
        KconfigOperator.Greater => ">",
        _ => ">=",
    };

    private IEnumerable<KconfigSymbol> All() =>
        Symbol is not null ? [Symbol] : (Left?.All() ?? []).Concat(Right?.All() ?? []);
}
