namespace KernelBuild.Kconfig;

/// <summary>What is known of a symbol's value.</summary>
internal sealed class KconfigState
{
    public Tristate Tristate { get; set; }

    /// <summary>Of numbers and texts.</summary>
    public string Text { get; set; } = "";

    /// <summary>Whether .config has a line for a number or a text.</summary>
    public bool IsWritten { get; set; }

    public Tristate Visible { get; set; }

    public Tristate Dependencies { get; set; }

    public Tristate Selected { get; set; }

    public Tristate Implied { get; set; }
}

/// <summary>What is known of a choice.</summary>
internal sealed class KconfigChoiceState
{
    public Tristate Mode { get; set; }

    /// <summary>Whether <see cref="Chosen"/> was looked for.</summary>
    public bool IsSettled { get; set; }

    public KconfigSymbol? Chosen { get; set; }
}
