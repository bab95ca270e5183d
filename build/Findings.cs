using KernelBuild.Diagnostics;
using Nuke.Common;
using Nuke.Common.CI.GitHubActions;
using Serilog;

/// <summary>Says findings: in the log, on GitHub beside the lines they are about, and at the end in summary and reports.</summary>
internal static class Findings
{
    private static readonly Lock _lock = new();
    private static readonly List<(string Step, Diagnostic Finding)> _all = [];

    /// <summary>All of this run, in their order, and the target or stage that each belongs to.</summary>
    public static IReadOnlyList<(string Step, Diagnostic Finding)> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    /// <param name="line">The finding as another process printed it; null for its usual form.</param>
    public static void Report(Diagnostic finding, string? line = null)
    {
        lock (_lock)
        {
            _all.Add((Blocks.Step, finding));
        }

        switch (finding.Severity)
        {
            case DiagnosticSeverity.Error:
                Log.Error("{Finding}", line ?? finding.ToString());
                break;
            case DiagnosticSeverity.Warning:
                Log.Warning("{Finding}", line ?? finding.ToString());
                break;
            default:
                Log.Information("{Finding}", line ?? finding.ToString());
                break;
        }

        Annotate(finding);
    }

    private static void Annotate(Diagnostic finding)
    {
        var command = finding.Severity switch
        {
            DiagnosticSeverity.Error => "error",
            DiagnosticSeverity.Warning => "warning",
            _ => "notice",
        };
        GitHubActions.Instance?.WriteCommand(command, finding.FullMessage, properties =>
        {
            properties["title"] = finding.Code;
            if (InWorkspace(finding.File) is { } file)
            {
                properties["file"] = file;
                if (finding.Line > 0)
                {
                    properties["line"] = finding.Line;
                }

                if (finding.Line > 0 && finding.Column > 0)
                {
                    properties["col"] = finding.Column;
                }
            }

            return properties;
        });
    }

    /// <summary>A file as GitHub names it; null for one outside of the checkout, which its pages cannot show.</summary>
    private static string? InWorkspace(string? file)
    {
        if (file is null)
        {
            return null;
        }

        var workspace = Environment.GetEnvironmentVariable("GITHUB_WORKSPACE") is { Length: > 0 } named
            ? named : NukeBuild.RootDirectory.ToString();
        var relative = Path.GetRelativePath(workspace, Path.GetFullPath(file));
        return Path.IsPathRooted(relative) || relative.Split('/')[0] == ".." ? null : relative;
    }
}
