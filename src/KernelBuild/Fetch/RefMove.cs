using System.Globalization;
using KernelBuild.Diagnostics;

namespace KernelBuild.Fetch;

/// <summary>How a ref came to be another commit than the locked one.</summary>
/// <param name="Newer">Commits of it that the locked one does not have; null unless the locked one is in its history.</param>
/// <param name="IsForced">The locked commit is not in its history: somebody pushed it by force. Null when that is not known.</param>
/// <param name="Reason">Why it is not known; else empty.</param>
internal sealed record RefMove(int? Newer, bool? IsForced, string Reason)
{
    public static RefMove Forced { get; } = new(null, true, "");

    public static RefMove Unknown(string reason) => new(null, null, reason);

    /// <summary>A clause about the ref.</summary>
    public string Text => Newer is { } commits
        ? string.Create(CultureInfo.InvariantCulture, $"{Counted.Of(commits, "commit")} newer")
        : IsForced == true
            ? "pushed by force: the locked commit is not in its history"
            : $"whether the locked commit is in its history is not known: {Reason}";
}
