using System.Collections.Immutable;

namespace KernelBuild.Pipelines;

/// <summary>What a pipeline is to do; its file names them, so that it can be made again.</summary>
/// <param name="Host">Who runs it.</param>
public sealed record PipelineOptions(PipelineHost Host)
{
    /// <summary>What the line begins with that names the options, behind the comment's "# ".</summary>
    public const string Command = "./nuke.sh GenerateCI --host ";

    /// <summary>Devices to build; empty for all that the repository has when the file is made.</summary>
    public ImmutableArray<string> Devices { get; init; } = [];

    /// <summary>Folders of patches/ to compile on each device, besides the series that its project names.</summary>
    public ImmutableArray<string> Series { get; init; } = [];

    /// <summary>Whether builds are booted under QEMU too.</summary>
    public bool Boot { get; init; }

    /// <summary>The command that makes the file.</summary>
    public override string ToString() => Command + Host
        + (Devices.IsEmpty ? "" : " --devices " + string.Join(' ', Devices))
        + (Series.IsEmpty ? "" : " --series " + string.Join(' ', Series))
        + (Boot ? " --boot" : "");

    /// <summary>The options out of the command; null when it is none that we write.</summary>
    public static PipelineOptions? Parse(string command)
    {
        if (!command.StartsWith(Command, StringComparison.Ordinal))
        {
            return null;
        }

        var words = command[Command.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || !Enum.TryParse<PipelineHost>(words[0], out var host))
        {
            return null;
        }

        var options = new PipelineOptions(host);
        var option = "";
        foreach (var word in words.Skip(1))
        {
            if (word.StartsWith("--", StringComparison.Ordinal))
            {
                option = word;
                options = option == "--boot" ? options with { Boot = true } : options;
            }
            else if (option is "--devices" or "--series")
            {
                options = option == "--devices"
                    ? options with { Devices = options.Devices.Add(word) }
                    : options with { Series = options.Series.Add(word) };
            }
            else
            {
                return null;
            }
        }

        return options.ToString() == command ? options : null;
    }
}
