using System.Text;
using KernelBuild.Device;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Summary;
using Nuke.Common;
using Serilog;

internal sealed partial class Build
{
    /// <summary>GitHub takes 1 MiB of summary for each step, and nothing of a longer one.</summary>
    private const int MostSummaryBytes = 1000 * 1024;

    protected override void OnBuildFinished()
    {
        try
        {
            WriteSummary();
            WriteReports();
        }
        catch (Exception e) when (UserErrors.Explain(e) is { Count: > 0 } findings)
        {
            Log.Error("summary and reports were not written: {Why}", findings[0].Message);
            ExitCode ??= 2;
        }
    }

    /// <summary>.work/DEVICE/summary.md for each device that the run was for; on GitHub the summary of the job too.</summary>
    private void WriteSummary()
    {
        var pages = new CodePages(RootDirectory, Environment.GetEnvironmentVariable);
        var run = RunSummary.Of(
            ExecutionPlan.Select(target => (target.Name, target.Status.ToString(), target.Duration)),
            [.. Findings.All.Select(one => one.Finding)], pages, RootDirectory);
        var whole = new StringBuilder(run);
        foreach (var folders in SummarizedDevices)
        {
            var device = DeviceSummary.Of(folders);
            whole.Append(device);
            if (Directory.Exists(folders.Work))
            {
                AtomicFile.Write(folders.SummaryFile, run + device);
            }
        }

        if (File.Exists(PatchReports / "report.md") && ExecutionPlan.Any(target => target.Name == nameof(TestPatches)))
        {
            whole.Append(File.ReadAllText(PatchReports / "report.md"));
        }

        if (Host.ToString() == "GitHubActions" && Environment.GetEnvironmentVariable("GITHUB_STEP_SUMMARY") is { Length: > 0 } summary)
        {
            var text = Encoding.UTF8.GetBytes(whole.ToString());
            var room = MostSummaryBytes - (File.Exists(summary) ? new FileInfo(summary).Length : 0);
            File.AppendAllText(
                summary,
                text.Length <= room ? whole.ToString() : "\nThe summary is too long for this page; it is in .work/DEVICE/summary.md.\n");
        }
    }

    private IEnumerable<DeviceFolders> SummarizedDevices => (Device ?? []).Intersect(new DeviceCatalog(RootDirectory).Names)
        .Select(device => new DeviceFolders(RootDirectory, WithoutPatches ? device + DeviceFolders.WithoutPatches : device))
        .Where(folders => Directory.Exists(folders.Work) || Directory.Exists(folders.Artifacts));
}
