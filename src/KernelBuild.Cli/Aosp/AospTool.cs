using System.Text;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Aosp;

/// <summary>A drop-in command line of one of AOSP's tools: the same options, so that an existing script changes one word.</summary>
internal sealed class AospTool
{
    private static readonly Dictionary<string, AospTool> Tools = new(StringComparer.Ordinal)
    {
        ["mkbootimg"] = new(MkbootimgTool.Run, [MkbootimgTool.Syntax]),
        ["unpack_bootimg"] = new(UnpackBootimgTool.Run, [UnpackBootimgTool.Syntax]),
        ["certify_bootimg"] = new(CertifyBootimgTool.Run, [CertifyBootimgTool.Syntax]),
        ["avbtool"] = new(AvbtoolTool.Run, AvbtoolTool.Syntaxes),
        ["mkdtboimg"] = new(MkdtboimgTool.Run, MkdtboimgTool.Syntaxes),
    };

    private readonly Func<string[], TextWriter, TextWriter, int> _run;
    private readonly IEnumerable<AospSyntax> _syntaxes;

    private AospTool(Func<string[], TextWriter, TextWriter, int> run, IEnumerable<AospSyntax> syntaxes)
    {
        _run = run;
        _syntaxes = syntaxes;
    }

    /// <summary>Of all tools: the command lines that there are.</summary>
    public static IEnumerable<AospSyntax> Syntaxes => Tools.Values.SelectMany(tool => tool._syntaxes);

    /// <summary>The tool of a name, with or without .py; null when there is none.</summary>
    public static AospTool? Find(string name) =>
        Tools.GetValueOrDefault(name.EndsWith(".py", StringComparison.Ordinal) ? name[..^3] : name);

    public int Run(string[] arguments, TextWriter output, TextWriter errors) =>
        CommandFrame.Run(() => _run(arguments, output, errors), errors);

    /// <summary>The help of a tool that has verbs.</summary>
    internal static string HelpOfVerbs(string program, string description, IEnumerable<AospSyntax> verbs)
    {
        var text = new StringBuilder($"usage: {program} [-h] VERB ...\n\n{description}\n\nverbs:\n");
        foreach (var verb in verbs)
        {
            text.Append("  ").Append(verb.Program[(program.Length + 1)..].PadRight(28)).Append(verb.Description).Append('\n');
        }

        return text.Append($"\n{program} VERB --help shows the options of a verb.\n").ToString();
    }
}
