namespace KernelBuild.Cli.CommandLine;

/// <summary>What the command tells the shell.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The files were looked at, and something in them is wrong at the level of an error.</summary>
    public const int Findings = 1;

    /// <summary>The command line is wrong, or a file could not be read.</summary>
    public const int UsageOrEnvironment = 2;

    /// <summary>Ended by Ctrl-C, as a shell counts it.</summary>
    public const int Interrupted = 130;
}
