using System.Collections.Immutable;
using System.Globalization;
using KernelBuild.Diagnostics;

namespace KernelBuild.Fetch;

/// <summary>How patient fetching is, and what git sees of the user's environment.</summary>
public sealed record NetworkSettings
{
    /// <summary>Seconds without a byte, or with fewer than <see cref="LowSpeed"/> bytes in each of them.</summary>
    public const string StallVariable = "KERNELBUILD_STALL_SECONDS";

    /// <summary>Bytes a second below which a transfer counts as stalled.</summary>
    public const int LowSpeed = 1000;

    /// <summary>How often a transfer that was cut, or that a busy server refused, is tried.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>Before the second attempt; doubled before each one after it.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait that a server's Retry-After can ask for.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a transfer may stand still.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// What git's transports and credential helpers, and the search for ~/.netrc, see. None of it can change what is fetched: that is
    /// checked by its digest.
    /// </summary>
    public required ImmutableSortedDictionary<string, string> Environment { get; init; }

    /// <exception cref="DiagnosticException">KB9004 when <see cref="StallVariable"/> is no number of seconds.</exception>
    public static NetworkSettings OfThisProcess() => Of(Host.Processes.Command.WithFullEnvironment("git").Environment);

    /// <inheritdoc cref="OfThisProcess"/>
    public static NetworkSettings Of(IReadOnlyDictionary<string, string> environment)
    {
        var settings = new NetworkSettings { Environment = environment.ToImmutableSortedDictionary(StringComparer.Ordinal) };
        if (settings.Environment.GetValueOrDefault(StallVariable) is not { Length: > 0 } text)
        {
            return settings;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 5 and <= 86400
            ? settings with { Stall = TimeSpan.FromSeconds(seconds) }
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.HostUnsupported, $"{StallVariable} is '{text}'", "give a number of seconds, 5 to 86400, or unset it"));
    }

    /// <summary>The wait after an attempt that failed, the first being 1.</summary>
    public TimeSpan WaitAfter(int attempt) => FirstWait * Math.Pow(2, attempt - 1);
}
