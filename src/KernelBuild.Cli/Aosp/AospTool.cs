using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Aosp;

/// <summary>A drop-in command line of one of AOSP's tools: the same options, so that an existing script changes one word.</summary>
internal sealed class AospTool
{
    private static readonly Dictionary<string, AospTool> Tools = new(StringComparer.Ordinal)
    {
        ["mkbootimg"] = new(MkbootimgTool.Run),
        ["unpack_bootimg"] = new(UnpackBootimgTool.Run),
        ["certify_bootimg"] = new(CertifyBootimgTool.Run),
        ["avbtool"] = new(AvbtoolTool.Run),
        ["mkdtboimg"] = new(MkdtboimgTool.Run),
    };

    private readonly Func<string[], TextWriter, TextWriter, int> _run;

    private AospTool(Func<string[], TextWriter, TextWriter, int> run) => _run = run;

    /// <summary>The tool of a name, with or without .py; null when there is none.</summary>
    public static AospTool? Find(string name) =>
        Tools.GetValueOrDefault(name.EndsWith(".py", StringComparison.Ordinal) ? name[..^3] : name);

    public int Run(string[] arguments, TextWriter output, TextWriter errors) =>
        CommandFrame.Run(() => _run(arguments, output, errors), errors);
}
