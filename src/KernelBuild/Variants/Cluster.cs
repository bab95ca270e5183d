using System.Globalization;
using KernelBuild.Host.Processes;

namespace KernelBuild.Variants;

/// <summary>The commands of Slurm that a matrix needs.</summary>
internal sealed class Cluster(string rootFolder)
{
    /// <summary>Of slurm.conf when the cluster does not tell its own.</summary>
    private const int DefaultMaxArraySize = 1001;

    /// <param name="environment">For the job, beyond what the submitting process has.</param>
    /// <param name="arguments">Options of sbatch, then the script.</param>
    /// <returns>The job's number.</returns>
    public async Task<string> SubmitAsync(
        IEnumerable<KeyValuePair<string, string>> environment, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var command = Command.WithFullEnvironment("sbatch")
            .WithArguments("--parsable", "--export=ALL").WithArguments(arguments).In(rootFolder);
        // of a job that submits: they would ask for its own resources again
        var ofJob = command.Environment.Keys.Where(name => name.StartsWith("SLURM_", StringComparison.Ordinal) && name != "SLURM_CONF");
        command = command with { Environment = command.Environment.RemoveRange(ofJob) };
        command = environment.Aggregate(command, (one, variable) => one.WithEnvironment(variable.Key, variable.Value));
        // NUMBER or NUMBER;CLUSTER (sbatch(1), --parsable)
        return (await command.ReadAsync(cancellationToken)).Trim().Split(';')[0];
    }

    /// <summary>How many tasks an array may have: array indices go up to one less than MaxArraySize (slurm.conf(5)).</summary>
    public static async Task<int> MaxTasksAsync(CancellationToken cancellationToken)
    {
        var text = await Command.WithFullEnvironment("scontrol").WithArguments("show", "config").ReadAsync(cancellationToken);
        var line = text.Split('\n').FirstOrDefault(line => line.StartsWith("MaxArraySize", StringComparison.Ordinal));
        return int.TryParse(line?.Split('=')[1], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var size)
            ? size - 1
            : DefaultMaxArraySize - 1;
    }

    /// <summary>Whether one of these jobs waits or runs; null when the cluster does not answer.</summary>
    public static async Task<bool?> IsAnyActiveAsync(IReadOnlyCollection<string> jobs, CancellationToken cancellationToken)
    {
        if (jobs.Count == 0)
        {
            return false;
        }

        // without -j: a job that Slurm has forgotten would make the whole question an error
        var command = Command.WithFullEnvironment("squeue").WithArguments("-h", "-o", "%F %A") with { AnswerCodes = [1] };
        var result = await command.RunAsync(cancellationToken);
        return result.ExitCode != 0 ? null : result.Output.Any(line => line.Split(' ').Any(jobs.Contains));
    }

    public static Task CancelAsync(IReadOnlyCollection<string> jobs) => jobs.Count == 0 ? Task.CompletedTask
        : (Command.WithFullEnvironment("scancel").WithArguments(jobs) with { AnswerCodes = [1] }).RunAsync(CancellationToken.None);
}
