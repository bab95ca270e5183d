using System.CommandLine;
using KernelBuild.Host.Reporting;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Reports;

namespace KernelBuild.Cli.Patches;

/// <summary>The forms in which a report can be had: a table or JSON on standard output, others in files.</summary>
internal sealed class ReportOutputs
{
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON document; its shape is in docs/guide/patches.md" };
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "List every hunk, those that applied too" };
    private readonly Option<string?> _sarif = new("--sarif") { Description = "Also write the findings as SARIF 2.1.0", HelpName = "FILE" };
    private readonly Option<string?> _junit = new("--junit")
    {
        Description = "Also write a JUnit XML file, a case for each patch",
        HelpName = "FILE",
    };
    private readonly Option<string?> _markdown = new("--markdown")
    {
        Description = "Also write Markdown, as for the summary of a CI run",
        HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_json);
        command.Options.Add(_verbose);
        command.Options.Add(_sarif);
        command.Options.Add(_junit);
        command.Options.Add(_markdown);
    }

    public void Write(ParseResult result, string name, SeriesReport report)
    {
        if (result.GetValue(_sarif) is { } sarif)
        {
            ToFile(sarif, stream => SarifReport.Write(
                stream, new SarifRun([.. report.Findings], Environment.CurrentDirectory, name)));
        }

        if (result.GetValue(_junit) is { } junit)
        {
            ToFile(junit, stream => JUnitReport.Write(stream, [PatchCases.Of(name, report)]));
        }

        if (result.GetValue(_markdown) is { } markdown)
        {
            ToFile(markdown, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(MarkdownReport.Of(name, report))));
        }

        var output = result.InvocationConfiguration.Output;
        if (result.GetValue(_json))
        {
            using var stream = new MemoryStream();
            JsonReport.Write(stream, report);
            output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
            return;
        }

        output.Write(TextReport.Of(report, result.GetValue(_verbose)));
    }

    private static void ToFile(string path, Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        KernelBuild.Host.Files.AtomicFile.Write(Path.GetFullPath(path), stream.GetBuffer().AsMemory(0, (int)stream.Length));
    }
}
