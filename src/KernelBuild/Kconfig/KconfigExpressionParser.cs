namespace KernelBuild.Kconfig;

/// <summary>Conditions out of the tokens of a line.</summary>
internal sealed class KconfigExpressionParser(KconfigModel model, IReadOnlyList<KconfigToken> tokens, int start)
{
    /// <summary>The token behind what was read.</summary>
    public int Position { get; private set; } = start;

    public bool IsAtEnd => Position >= tokens.Count;

    /// <summary>Whether the next token is a word of Kconfig, such as "if"; it is passed then.</summary>
    public bool Takes(string word)
    {
        if (!IsAtEnd && !tokens[Position].IsQuoted && tokens[Position].Text == word)
        {
            Position++;
            return true;
        }

        return false;
    }

    /// <summary>A whole condition; null when there is none, or what is there is none.</summary>
    public KconfigExpression? Read() => Or();

    /// <summary>One symbol or constant; null at the end.</summary>
    public KconfigSymbol? Operand()
    {
        if (IsAtEnd || tokens[Position].IsOperator)
        {
            return null;
        }

        var token = tokens[Position++];
        return token.IsQuoted || IsValue(token.Text) ? model.Constant(token.Text) : model.Symbol(token.Text);
    }

    private KconfigExpression? Or()
    {
        var left = And();
        while (left is not null && Takes("||"))
        {
            left = And() is { } right ? KconfigExpression.Or(left, right) : left;
        }

        return left;
    }

    private KconfigExpression? And()
    {
        var left = Comparison();
        while (left is not null && Takes("&&"))
        {
            left = KconfigExpression.And(left, Comparison());
        }

        return left;
    }

    private KconfigExpression? Comparison()
    {
        if (Takes("!"))
        {
            return Comparison() is { } negated ? KconfigExpression.Not(negated) : null;
        }

        if (Takes("("))
        {
            var inner = Or();
            Takes(")");
            return inner;
        }

        if (Operand() is not { } symbol)
        {
            return null;
        }

        var left = KconfigExpression.Of(symbol);
        return !IsAtEnd && tokens[Position].IsOperator && Sign(tokens[Position].Text) is { } sign
            ? Compare(left, sign)
            : left;
    }

    private KconfigExpression Compare(KconfigExpression left, KconfigOperator sign)
    {
        Position++;
        return Operand() is { } right ? new KconfigExpression(sign, null, left, KconfigExpression.Of(right)) : left;
    }

    /// <summary>y, m and n, and what is no name: a number, a path, what a macro gave. Names may begin with a digit (64BIT).</summary>
    private static bool IsValue(string text) =>
        text is "y" or "m" or "n" || text.Length == 0 || text.All(char.IsAsciiDigit) || text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        || !text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static KconfigOperator? Sign(string text) => text switch
    {
        "=" => KconfigOperator.Equal,
        "!=" => KconfigOperator.Unequal,
        "<" => KconfigOperator.Less,
        "<=" => KconfigOperator.LessOrEqual,
        ">" => KconfigOperator.Greater,
        ">=" => KconfigOperator.GreaterOrEqual,
        _ => null,
    };
}
