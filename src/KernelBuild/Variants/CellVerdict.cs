using System.Text.Json.Serialization;

namespace KernelBuild.Variants;

/// <summary>What became of a cell.</summary>
public enum CellVerdict
{
    /// <summary>Nobody got to it, or who did was ended.</summary>
    [JsonStringEnumMemberName("not-run")]
    NotRun,

    /// <summary>Built in this matrix.</summary>
    [JsonStringEnumMemberName("built")]
    Built,

    /// <summary>Taken from the store, each digest checked.</summary>
    [JsonStringEnumMemberName("fetched")]
    Fetched,

    [JsonStringEnumMemberName("failed")]
    Failed,
}
