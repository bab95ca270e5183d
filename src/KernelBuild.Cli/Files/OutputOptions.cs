using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Files;

/// <summary>
/// The options of a command that changes a file: <c>-o</c> for another one, or <c>--in-place</c>, because what is changed is often the only
/// copy of a stock image.
/// </summary>
internal sealed class OutputOptions
{
    private readonly Option<string?> _output = Arguments.Text("--output", "Where to write", "-o");
    private readonly Option<bool> _inPlace = new("--in-place")
    {
        Description = "Write over the file that is read; a copy of it stays beside it, as FILE.stock, unless there is one",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_output);
        command.Options.Add(_inPlace);
    }

    public bool IsInPlace(ParseResult result) => result.GetValue(_inPlace);

    /// <summary>Where the result for an input goes.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010: neither is said, or both, or the output is the input.</exception>
    public OutputPlace Of(ParseResult result, string input)
    {
        var output = result.GetValue(_output);
        if (result.GetValue(_inPlace))
        {
            return output is null
                ? OutputPlace.InPlace(input)
                : throw CommandFrame.Usage("--output and --in-place are both given", "say one of them");
        }

        return output is null
            ? throw CommandFrame.Usage(
                $"it is not said where to write, and {input} is not written over unasked",
                "name another file: -o FILE; or write over this one, of which a copy stays: --in-place")
            : Another(output, input, "--output", "--in-place");
    }

    /// <summary>A file that is not the input.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010.</exception>
    public static OutputPlace Another(string output, string input, string option, string instead) =>
        Path.GetFullPath(OutputFile.TargetOf(output)) == Path.GetFullPath(OutputFile.TargetOf(input))
            ? throw CommandFrame.Usage($"{option} is the file that is read", 
                instead.StartsWith("name", StringComparison.Ordinal) || instead.StartsWith("choose", StringComparison.Ordinal)
                    ? instead
                    : $"name another file; or write over this one, of which a copy stays: {instead}")
            : new OutputPlace(output, false);
}
