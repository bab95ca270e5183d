using System.Diagnostics.CodeAnalysis;
using KernelBuild.Iommu.Prediction;

namespace KernelBuild.Configure;

/// <summary>
/// What a comment behind a setting says of it, such as "since 5.14, before 6.9, optional: a port without it works, too": for which kernels it
/// is meant, and whether the build can do without.
/// </summary>
/// <param name="Since">The first series that has the symbol; null for any.</param>
/// <param name="Before">The first series that has it no more; null for none.</param>
/// <param name="Optional">Why the build can do without; null when it cannot.</param>
public sealed record RequestScope(KernelVersion? Since, KernelVersion? Before, string? Optional)
{
    /// <summary>Every kernel, required.</summary>
    public static RequestScope Everywhere { get; } = new(null, null, null);

    /// <summary>The forms, for messages.</summary>
    public const string Forms = "'# since 5.14', '# before 6.9', '# optional: REASON', or several of them with commas between";

    /// <param name="comment">Without the '#'. "since" and "before" may end in ": REASON", which is for people; "optional" must.</param>
    public static bool TryParse(string comment, [NotNullWhen(true)] out RequestScope? scope)
    {
        scope = null;
        var colon = comment.IndexOf(':', StringComparison.Ordinal);
        var reason = colon < 0 ? "" : comment[(colon + 1)..].Trim();
        var read = Everywhere;
        foreach (var clause in (colon < 0 ? comment : comment[..colon]).Split(','))
        {
            switch (clause.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            {
                case ["since", var version] when read.Since is null && KernelVersion.TryParse(version, out var since):
                    read = read with { Since = since };
                    break;
                case ["before", var version] when read.Before is null && KernelVersion.TryParse(version, out var before):
                    read = read with { Before = before };
                    break;
                case ["optional"] when read.Optional is null && reason.Length > 0:
                    read = read with { Optional = reason };
                    break;
                default:
                    return false;
            }
        }

        scope = read.Since is { } first && read.Before is { } end && end <= first ? null : read;
        return scope is not null;
    }

    /// <summary>As it stands behind a setting; empty for every kernel.</summary>
    public override string ToString() => string.Join(
        ", ",
        new[] { Since is { } since ? $"since {since}" : null, Before is { } before ? $"before {before}" : null, Optional is null ? null : $"optional: {Optional}" }.OfType<string>());

    /// <summary>Whether no version is named.</summary>
    public bool IsForEveryKernel => Since is null && Before is null;

    public bool Covers(KernelVersion kernel) => (Since is not { } since || kernel >= since) && (Before is not { } before || kernel < before);
}
