using System.CommandLine;

namespace KernelBuild.Cli.CommandLine;

/// <summary>
/// Subcommands that are made only when they are asked for. Making all of them with their options costs some 10 ms of a process
/// that lives for 80.
/// </summary>
internal static class Subcommands
{
    /// <summary>
    /// Adds the subcommand whose name is the first argument; all of them when there is no such one, because help and errors name them all.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="arguments">What follows the name of the command on the command line.</param>
    /// <param name="subcommands">Each under the name that it gives itself; it gets the arguments behind its own name.</param>
    public static Command With(
        this Command command, ReadOnlyMemory<string> arguments,
        params (string Name, Func<ReadOnlyMemory<string>, Command> Create)[] subcommands)
    {
        foreach (var (name, create) in subcommands)
        {
            if (!arguments.IsEmpty && arguments.Span[0] == name)
            {
                command.Add(create(arguments[1..]));
                return command;
            }
        }

        foreach (var (_, create) in subcommands)
        {
            command.Add(create(default));
        }

        return command;
    }
}
