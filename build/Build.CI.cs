using KernelBuild.Diagnostics;
using KernelBuild.Pipelines;
using Nuke.Common;
using Nuke.Common.Utilities.Collections;
using Serilog;

internal sealed partial class Build
{
    [Parameter("Matrix, GenerateCI: the devices; GenerateCI takes all of the repository by default", Name = "Devices")]
    private readonly string[]? PipelineDevices;

    [Parameter("GenerateCI: write nothing, and fail when a pipeline is not what would be written")]
    private readonly bool Check;

    private Target GenerateCI => _ => _
        .Description("Writes the pipeline of --host: .github/workflows/kernels.yml, .gitlab-ci.yml or slurm/kernels.sh")
        .Executes(() => RunAsync(() =>
        {
            if (Check)
            {
                CheckPipelines();
            }
            else
            {
                var pipeline = new Pipeline(RootDirectory, PipelineOptionsOf(PipelineHostOf(Host.ToString())));
                pipeline.Write();
                Log.Information("{File}", RootDirectory / pipeline.RelativePath);
            }

            return Task.CompletedTask;
        }));

    private void CheckPipelines()
    {
        var pipelines = Pipeline.All(RootDirectory);
        if (pipelines.IsEmpty)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.UsageInvalid, "there is no generated pipeline to check", "./nuke.sh GenerateCI --host GitHubActions"));
        }

        if (pipelines.Where(pipeline => !pipeline.IsCurrent()).ToArray() is { Length: > 0 } stale)
        {
            throw new DiagnosticException([.. stale.Select(pipeline => Diagnostic.Error(
                DiagnosticCodes.PipelineStale, "the pipeline is not what its command would write now", pipeline.Command) with
            { File = RootDirectory / pipeline.RelativePath })]);
        }

        ReportSummary(_ => _.AddPair("Current", pipelines.Length.ToString()));
    }

    private PipelineOptions PipelineOptionsOf(PipelineHost host) => new(host)
    {
        Devices = [.. (PipelineDevices ?? []).Concat(Device ?? []).SelectMany(SplitAtComma).Distinct()],
        Series = [.. (Series ?? []).SelectMany(SplitAtComma).Distinct()],
        Boot = BootEach,
    };

    private static PipelineHost PipelineHostOf(string host) => Enum.TryParse<PipelineHost>(host, out var known)
        ? known
        : throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.UsageInvalid, "GenerateCI needs to know for whom",
            $"add --host {string.Join('|', Enum.GetNames<PipelineHost>())}"));

    private static string[] SplitAtComma(string names) => names.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
