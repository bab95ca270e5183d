namespace Nuke.Common;

/// <summary>Which messages the console shows. The log files in .nuke/temp contain all of them.</summary>
internal enum Verbosity
{
    /// <summary>All messages, and the stack of every exception.</summary>
    Verbose,

    /// <summary>Debug messages and above.</summary>
    Normal,

    /// <summary>Warnings and errors.</summary>
    Minimal,

    /// <summary>Errors.</summary>
    Quiet,
}
