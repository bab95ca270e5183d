using System.Text.Json.Serialization.Metadata;

namespace KernelBuild.Stages;

/// <summary>
/// A step of a build. Its result depends on its key alone: when the key is that of the last good run and what that run left
/// still stands, the step is skipped and gives the same result.
/// </summary>
/// <typeparam name="TInput">What the steps before it made.</typeparam>
/// <typeparam name="TResult">Kept in the records of the device, as JSON.</typeparam>
public abstract class Stage<TInput, TResult>(StageRecords records)
    where TResult : class
{
    /// <summary>As the records name it.</summary>
    protected abstract string Name { get; }

    /// <summary>Raised when the step itself begins to give other results.</summary>
    protected abstract int Version { get; }

    protected abstract JsonTypeInfo<TResult> ResultType { get; }

    protected StageRecords Records => records;

    /// <summary>Whether a run destroys what the last one left; if not, a run that fails leaves that record standing.</summary>
    protected virtual bool OverwritesLastResult => true;

    /// <summary>Runs the step, unless its last good run was with the same inputs and its result still stands.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">As each step says; then there is no record of it.</exception>
    public async Task<TResult> RunAsync(TInput input, CancellationToken cancellationToken)
    {
        using var key = new ContentKey(Name, Version);
        await AddInputsAsync(key, input, cancellationToken);
        var finished = key.Finish();
        if (records.Find(Name, finished, ResultType) is { } known && await StandsAsync(known, cancellationToken))
        {
            return known;
        }

        var last = records.Last(Name, ResultType);
        if (OverwritesLastResult)
        {
            // a crash from here on must not leave the old key standing
            records.Clear(Name);
        }

        var result = await ExecuteAsync(input, last, cancellationToken);
        records.Set(Name, finished, result, ResultType);
        return result;
    }

    /// <summary>Adds everything that can change the result.</summary>
    protected abstract ValueTask AddInputsAsync(ContentKey key, TInput input, CancellationToken cancellationToken);

    /// <summary>Whether what a run left outside of the records is as it left it.</summary>
    protected abstract ValueTask<bool> StandsAsync(TResult result, CancellationToken cancellationToken);

    /// <param name="last">The result of the last good run, whatever its inputs were; null when there is none.</param>
    protected abstract Task<TResult> ExecuteAsync(TInput input, TResult? last, CancellationToken cancellationToken);
}
