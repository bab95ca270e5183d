using System.Collections.Frozen;

namespace KernelBuild.BuildConfigs;

/// <summary>
/// The major version of clang that a prebuilt of AOSP is, by the name of its folder. Of each, kernels or libraries were published whose
/// banner says it: "Android (7284624, based on r416183b) clang version 12.0.5". Revisions of which none was found are not here.
/// </summary>
internal static class AospClang
{
    private static readonly FrozenDictionary<string, int> _majors = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["r353983"] = 9, ["r377782"] = 10, ["r383902"] = 11, ["r399163"] = 11, ["r416183"] = 12, ["r433403"] = 13, ["r437112"] = 14,
        ["r450784"] = 14, ["r458507"] = 15, ["r475365"] = 16, ["r487747"] = 17, ["r498229"] = 17, ["r510928"] = 18, ["r522817"] = 18,
        ["r530567"] = 19, ["r536225"] = 19,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The folder of the prebuilt, such as clang-r416183b, in a path that ends in it or in its bin; empty when there is none.</summary>
    public static string NameIn(string path) =>
        path.Split('/').LastOrDefault(part => part.StartsWith("clang-", StringComparison.Ordinal)) ?? "";

    /// <summary>The major version; null for a prebuilt that is not in the list.</summary>
    public static int? MajorOf(string name)
    {
        var revision = name.StartsWith("clang-", StringComparison.Ordinal) ? name["clang-".Length..] : name;
        return _majors.TryGetValue(revision.TrimEnd([.. "abcdefghijklmnopqrstuvwxyz"]), out var major) ? major : null;
    }
}
