namespace KernelBuild.Cli.Tests;

/// <summary>One run of the command.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Errors)
{
    public static CommandRun Of(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var exitCode = KernelBuildCommand.Run(arguments, output, errors);
        if (arguments.Contains("--json") && (exitCode < 2 || output.GetStringBuilder().Length > 0))
        {
            Envelope.Check(arguments, output.ToString());
        }

        return new CommandRun(exitCode, output.ToString(), errors.ToString());
    }
}
