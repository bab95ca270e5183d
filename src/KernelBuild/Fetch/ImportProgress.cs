using System.Diagnostics;
using System.Globalization;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Fetch;

/// <summary>Says how far an import is, now and then.</summary>
/// <param name="fraction">How much of the stored archive was read, 0 to 1; null when that is not known.</param>
internal sealed class ImportProgress(IBuildLog log, Func<double?> fraction)
{
    private const long Interval = 200;
    private const double EnoughToTell = 0.02;

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private long _next = Interval;
    private int _files;
    private long _bytes;

    /// <summary>One more member, with the bytes of its content.</summary>
    public void Add(long bytes)
    {
        _files++;
        _bytes += bytes;
        if (_watch.ElapsedMilliseconds < _next)
        {
            return;
        }

        _next = _watch.ElapsedMilliseconds + Interval;
        var seconds = _watch.Elapsed.TotalSeconds;
        var done = fraction();
        var left = done > EnoughToTell ? FormattableString.Invariant($", {seconds / done.Value * (1 - done.Value):0} s left") : "";
        log.Progress(
            string.Create(
                CultureInfo.InvariantCulture,
                $"importing: {_files} files, {_bytes / 1e6:0} MB, {_bytes / 1e6 / seconds:0} MB/s{left}"),
            done);
    }
}
