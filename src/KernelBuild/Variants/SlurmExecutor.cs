using System.Globalization;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Variants;

/// <summary>
/// Has the cells of a plan built by the nodes of a cluster: arrays with a task for each cell that the store lacks, and a job behind them
/// that sees what is there. A cell whose task was ended without a result goes into a further array.
/// </summary>
/// <param name="sbatchOptions">Of the user's own, such as --partition.</param>
/// <param name="buildOptions">What each task's build is told besides its cell.</param>
public sealed class SlurmExecutor(
    string rootFolder, string buildAssembly, VariantPlan plan, IReadOnlyList<string> sbatchOptions, string buildOptions, IBuildLog log)
{
    /// <summary>Arrays for one cell: an administrator who ends it this often means it.</summary>
    public const int MostRounds = 4;

    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(2);

    /// <summary>Questions in a row that find no job: the joining job may be submitting the next ones.</summary>
    private const int QuestionsUntilGone = 5;

    private readonly MatrixFolders _folders = new(rootFolder);
    private readonly Cluster _cluster = new(rootFolder);

    private string Folder => _folders.PlanFolder(plan.Id);

    private string JobsFile => Path.Combine(Folder, "jobs");

    private string RoundFile => Path.Combine(Folder, "round");

    /// <summary>Written when nothing is left to do: the submitter waits for it.</summary>
    public string DoneFile => Path.Combine(Folder, "done");

    private IReadOnlyList<string> Jobs => File.Exists(JobsFile) ? File.ReadAllLines(JobsFile) : [];

    /// <summary>Forgets the jobs of an earlier run of the same matrix.</summary>
    public void Begin()
    {
        foreach (var file in (string[])[JobsFile, RoundFile, DoneFile])
        {
            File.Delete(file);
        }
    }

    /// <summary>Submits an array, or several where one would be too long, and the job that joins.</summary>
    /// <param name="cells">Numbers in <see cref="VariantPlan.Distinct"/>.</param>
    /// <returns>False when cells have been submitted often enough.</returns>
    public async Task<bool> SubmitAsync(IReadOnlyList<int> cells, CancellationToken cancellationToken)
    {
        var last = File.Exists(RoundFile) ? await File.ReadAllTextAsync(RoundFile, cancellationToken) : "0";
        var round = int.Parse(last, CultureInfo.InvariantCulture) + 1;
        if (round > MostRounds)
        {
            return false;
        }

        AtomicFile.Write(RoundFile, round.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(Path.Combine(Folder, "logs"));
        var script = ClusterScript.Write(Folder, rootFolder, buildAssembly);
        var arrays = new List<string>();
        foreach (var (number, part) in cells.Chunk(await Cluster.MaxTasksAsync(cancellationToken)).Index())
        {
            var todo = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"todo.{round}.{number}"));
            AtomicFile.Write(todo, string.Concat(part.Select(cell => string.Create(CultureInfo.InvariantCulture, $"{cell}\n"))));
            var indices = string.Create(CultureInfo.InvariantCulture, $"--array=0-{part.Length - 1}");
            arrays.Add(await SubmitAsync(
                "MatrixCell", todo, script, ["--job-name=matrix", indices, "--requeue"], cancellationToken));
        }

        var dependency = "--dependency=afterany:" + string.Join(':', arrays);
        var join = await SubmitAsync("MatrixJoin", "", script, ["--job-name=matrix-join", dependency], cancellationToken);
        log.Status(string.Create(
            CultureInfo.InvariantCulture, $"submitted {cells.Count} cells as {string.Join(", ", arrays)}; {join} joins them"));
        return true;
    }

    /// <summary>Waits until the joining job has written everything, or until no job is left that could.</summary>
    /// <returns>False when the jobs are gone and nothing was joined.</returns>
    /// <exception cref="OperationCanceledException">Interrupted: the jobs were cancelled, what is finished is in the store.</exception>
    public async Task<bool> WaitAsync(ResultFolder results, CancellationToken cancellationToken)
    {
        try
        {
            for (var missed = 0; !File.Exists(DoneFile) && missed < QuestionsUntilGone;)
            {
                await Task.Delay(_interval, cancellationToken);
                missed = await Cluster.IsAnyActiveAsync(Jobs, cancellationToken) == false ? missed + 1 : 0;
                var finished = plan.Distinct.Count(cell => results.Find(cell) is not null);
                log.Progress(
                    string.Create(CultureInfo.InvariantCulture, $"{finished} cells finished"), (double)finished / plan.Distinct.Count());
            }
        }
        catch (OperationCanceledException)
        {
            await Cluster.CancelAsync(Jobs);
            throw;
        }

        return File.Exists(DoneFile);
    }

    private async Task<string> SubmitAsync(
        string step, string todo, string script, IEnumerable<string> options, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["KERNELBUILD_STEP"] = step,
            ["KERNELBUILD_TODO"] = todo,
            ["KERNELBUILD_OPTIONS"] = buildOptions,
        };
        var output = "--output=" + Path.Combine(Folder, "logs", step == "MatrixCell" ? "%A_%a.log" : "%A.log");
        var job = await _cluster.SubmitAsync(
            environment, [.. options, output, "--open-mode=append", "--chdir=" + rootFolder, .. sbatchOptions, script], cancellationToken);
        await File.AppendAllTextAsync(JobsFile, job + "\n", cancellationToken);
        return job;
    }
}
