namespace KernelBuild.Kconfig;

/// <summary>What kind of value a symbol has.</summary>
public enum KconfigType
{
    /// <summary>Used, and declared nowhere: its value is its own name.</summary>
    Unknown,
    Boolean,
    Tristate,
    Number,
    Hexadecimal,
    Text,
}
