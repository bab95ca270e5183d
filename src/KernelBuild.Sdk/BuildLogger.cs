using System.Globalization;
using System.Text;
using KernelBuild.Host.Reporting;
using Microsoft.Build.Framework;

namespace KernelBuild.Sdk;

/// <summary>
/// The console logger of <c>./nuke.sh BuildKernel</c>: what the stages say, one line each, findings in MSBuild's canonical
/// form; and the list of every project file that the evaluation read, which MSBuild tells loggers only.
/// </summary>
/// <remarks>Parameter: the file to write the list to. MSBuild reports imports when MSBUILDLOGIMPORTS is 1.</remarks>
public sealed class BuildLogger : ILogger
{
    /// <summary>Whether every import could be named; else there is no list, and each build evaluates.</summary>
    private bool _complete = true;
    private readonly SortedSet<string> _imports = new(StringComparer.Ordinal);

    /// <summary>The stages by their targets. Other targets, those of the device's project too, belong to the stage before them.</summary>
    private static readonly Dictionary<string, string> _stages = new(StringComparer.OrdinalIgnoreCase)
    {
        ["FetchKernel"] = "fetch",
        ["PatchKernel"] = "patch",
        ["CheckOutKernel"] = "check out",
        ["ConfigureKernel"] = "configure",
        ["CompileKernel"] = "compile",
        ["PackKernel"] = "pack",
        ["WriteKernelManifest"] = "manifest",
    };

    public LoggerVerbosity Verbosity { get; set; } = LoggerVerbosity.Minimal;

    public string? Parameters { get; set; }

    public void Initialize(IEventSource eventSource)
    {
        if (eventSource is IEventSource4 detailed)
        {
            detailed.IncludeEvaluationPropertiesAndItems();
        }

        if (Environment.GetEnvironmentVariable("KERNELBUILD_PROGRESS") == "live")
        {
            eventSource.TargetStarted += (_, e) =>
            {
                if (_stages.TryGetValue(e.TargetName, out var stage))
                {
                    Print(ProgressLine.OfStage(stage));
                }
            };
        }

        eventSource.MessageRaised += (_, e) => TakeMessage(e);
        eventSource.WarningRaised += (_, e) => Print(Canonical(e.File, e.LineNumber, e.ColumnNumber, "warning", e.Code, e.Message));
        eventSource.ErrorRaised += (_, e) => Print(Canonical(e.File, e.LineNumber, e.ColumnNumber, "error", e.Code, e.Message));
    }

    public void Shutdown()
    {
        if (Parameters is { Length: > 0 } path && _complete)
        {
            try
            {
                File.WriteAllLines(path, _imports);
            }
            catch (IOException)
            {
                // a full disk: without the list there is no record, and the next build looks for itself
                File.Delete(path);
            }
        }
    }

    private void TakeMessage(BuildMessageEventArgs e)
    {
        if (e is ProjectImportedEventArgs import)
        {
            TakeImport(import);
        }
        else if (e.Importance == MessageImportance.High && e.SenderName is not "MSBuild" && e.Message is { } message)
        {
            Print(e.Code is { Length: > 0 } ? Canonical(e.File, e.LineNumber, e.ColumnNumber, "note", e.Code, message) : message);
        }
    }

    /// <summary>
    /// Also an import that was left out, because its file was not there or a condition did not hold: it matters when that changes.
    /// </summary>
    private void TakeImport(ProjectImportedEventArgs import)
    {
        var file = import.ImportedProjectFile
            ?? import.UnexpandedProject?.Replace("$(MSBuildThisFileDirectory)", "", StringComparison.Ordinal);
        if (string.IsNullOrEmpty(file))
        {
            return;
        }

        if (file.Contains("$(", StringComparison.Ordinal) || file.Contains('*', StringComparison.Ordinal))
        {
            // which file that would be only MSBuild knows; parts of .NET's own SDK, which devices do not use, never come here
            _complete = false;
            return;
        }

        _imports.Add(Path.GetFullPath(file, Path.GetDirectoryName(import.ProjectFile) ?? "/"));
    }

    private static void Print(string line)
    {
        Console.Out.WriteLine(line.Replace('\n', ProgressLine.LineBreak));
        Console.Out.Flush();
    }

    private static string Canonical(string? file, int line, int column, string kind, string? code, string? message)
    {
        var text = new StringBuilder();
        // a finding that is about no file carries the place of the task, which tells a user nothing
        var isTask = code?.StartsWith("KB", StringComparison.Ordinal) == true
            && file?.EndsWith("Sdk.targets", StringComparison.Ordinal) == true;
        if (file is { Length: > 0 } && !isTask)
        {
            text.Append(file);
            if (line > 0)
            {
                text.Append(
                    CultureInfo.InvariantCulture, $"({line}{(column > 0 ? "," + column.ToString(CultureInfo.InvariantCulture) : "")})");
            }

            text.Append(": ");
        }

        return text.Append(kind).Append(' ').Append(code).Append(": ").Append(message).ToString();
    }
}
