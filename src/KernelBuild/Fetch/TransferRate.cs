using System.Globalization;

namespace KernelBuild.Fetch;

/// <summary>How fast bytes arrive, and how long the rest of them will take.</summary>
internal sealed class TransferRate(TimeProvider clock)
{
    private static readonly TimeSpan _settled = TimeSpan.FromSeconds(1);
    private readonly long _began = clock.GetTimestamp();
    private long? _first;

    /// <summary>"34.1 of 139.0 MB, 5.2 MB/s, 0:20 left"; without a rate in the first second.</summary>
    /// <param name="bytes">All that is there; what was there before the first call does not count for the rate.</param>
    /// <param name="total">Null when nobody says it.</param>
    /// <param name="isEstimate">The total was guessed from a share of something else.</param>
    public string Describe(long bytes, long? total, bool isEstimate = false)
    {
        _first ??= bytes;
        var text = total is { } all
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} of {(isEstimate ? "about " : "")}{all / 1e6:0.0} MB")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
        var elapsed = clock.GetElapsedTime(_began);
        if (elapsed < _settled || bytes <= _first)
        {
            return text;
        }

        var rate = (bytes - _first.Value) / elapsed.TotalSeconds;
        text += rate < 1e6
            ? string.Create(CultureInfo.InvariantCulture, $", {rate / 1e3:0} kB/s")
            : string.Create(CultureInfo.InvariantCulture, $", {rate / 1e6:0.0} MB/s");
        if (total is { } end && end > bytes)
        {
            var left = TimeSpan.FromSeconds(Math.Ceiling((end - bytes) / rate));
            text += left.TotalHours < 1
                ? string.Create(CultureInfo.InvariantCulture, $", {(int)left.TotalMinutes}:{left.Seconds:00} left")
                : string.Create(CultureInfo.InvariantCulture, $", {(int)left.TotalHours}:{left.Minutes:00}:{left.Seconds:00} left");
        }

        return text;
    }
}
