using System.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Cli.CommandLine;

/// <summary>The options <c>--sarif</c> and <c>--junit</c> of a command that checks files.</summary>
internal sealed class FindingFiles
{
    private readonly Option<string?> _sarif = new("--sarif") { Description = "Also write the findings as SARIF 2.1.0", HelpName = "FILE" };
    private readonly Option<string?> _junit = new("--junit")
    {
        Description = "Also write a JUnit XML file, a case for each file",
        HelpName = "FILE",
    };

    private readonly DateTimeOffset _began = DateTimeOffset.UtcNow;

    public void AddTo(Command command)
    {
        command.Options.Add(_sarif);
        command.Options.Add(_junit);
    }

    /// <param name="name">The command, as the suite of the cases.</param>
    /// <param name="checks">What was checked, and what was found there. A finding without a file is one about that file.</param>
    public void Write(ParseResult result, string name, IReadOnlyList<(string File, IReadOnlyList<Diagnostic> Findings)> checks)
    {
        if (result.GetValue(_sarif) is { } sarif)
        {
            var findings = checks.SelectMany(check => check.Findings.Select(finding =>
                finding.File is null ? finding with { File = check.File } : finding));
            ToFile(sarif, stream => SarifReport.Write(
                stream, new SarifRun([.. findings], Environment.CurrentDirectory, checks[0].File)
                {
                    Began = _began,
                    Ended = DateTimeOffset.UtcNow,
                    Pages = new CodePages(Environment.CurrentDirectory, Environment.GetEnvironmentVariable),
                    Category = "kernelbuild " + name,
                }));
        }

        if (result.GetValue(_junit) is { } junit)
        {
            var cases = checks.Select(check => JUnitCase.Of(check.File, check.Findings)).ToArray();
            ToFile(junit, stream => JUnitReport.Write(stream, [new JUnitSuite("kernelbuild " + name, cases) { Began = _began }]));
        }
    }

    private static void ToFile(string path, Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        AtomicFile.Write(Path.GetFullPath(path), stream.GetBuffer().AsMemory(0, (int)stream.Length));
    }
}
