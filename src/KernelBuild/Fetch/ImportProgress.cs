using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch;

/// <summary>Says how far an import is, now and then.</summary>
/// <param name="fraction">How much of the stored archive was read, 0 to 1; null when that is not known.</param>
internal sealed class ImportProgress(IBuildLog log, Func<double?> fraction)
{
    private const long Interval = 200;
    private const double EnoughToTell = 0.02;

    private readonly TransferRate _rate = new(TimeProvider.System);
    private long _next = Environment.TickCount64 + Interval;
    private int _files;
    private long _bytes;

    /// <summary>One more member, with the bytes of its content.</summary>
    public void Add(long bytes)
    {
        _files++;
        _bytes += bytes;
        if (Environment.TickCount64 < _next)
        {
            return;
        }

        _next = Environment.TickCount64 + Interval;
        var done = fraction();
        long? total = done > EnoughToTell ? (long)(_bytes / done.Value) : null;
        log.Progress(FormattableString.Invariant($"importing: {_files} files, {_rate.Describe(_bytes, total, isEstimate: true)}"), done);
    }
}
