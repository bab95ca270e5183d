namespace Nuke.Common;

/// <summary>How much of the log reaches the console. The log files in .nuke/temp hold everything.</summary>
public enum Verbosity
{
    /// <summary>Everything, and the stack of every exception.</summary>
    Verbose,

    /// <summary>Debug messages and up.</summary>
    Normal,

    /// <summary>Warnings and errors.</summary>
    Minimal,

    /// <summary>Errors.</summary>
    Quiet,
}
