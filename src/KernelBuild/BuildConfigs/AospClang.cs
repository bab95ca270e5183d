using System.Collections.Frozen;

namespace KernelBuild.BuildConfigs;

/// <summary>
/// The major version of clang that a prebuilt of AOSP is, by the name of its folder. From the AndroidVersion.txt of each prebuilt and the
/// list of
/// releases in AOSP's prebuilts/clang/host/linux-x86.
/// </summary>
internal static class AospClang
{
    private static readonly FrozenDictionary<string, int> _majors = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["r328903"] = 7, ["r346389"] = 8, ["r353983"] = 9, ["r365631"] = 9, ["r370808"] = 10, ["r377782"] = 10, ["r383902"] = 11,
            ["r399163"] = 11,
        ["r407598"] = 12, ["r412851"] = 12, ["r416183"] = 12, ["r428724"] = 13, ["r433403"] = 13, ["r437112"] = 14, ["r445002"] = 14,
        ["r450784"] = 14, ["r458507"] = 15, ["r468909"] = 15, ["r475365"] = 16, ["r487747"] = 17, ["r498229"] = 17, ["r510928"] = 18,
        ["r522817"] = 18, ["r530567"] = 19, ["r536225"] = 19,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The folder of the prebuilt, such as clang-r416183b, in a path that ends in it or in its bin; empty when there is
    /// none.</summary>
    public static string NameIn(string path) =>
        path.Split('/').LastOrDefault(part => part.StartsWith("clang-", StringComparison.Ordinal)) ?? "";

    /// <summary>The major version; null for a prebuilt that is not in the list.</summary>
    public static int? MajorOf(string name)
    {
        var revision = name.StartsWith("clang-", StringComparison.Ordinal) ? name["clang-".Length..] : name;
        return _majors.TryGetValue(revision.TrimEnd([.. "abcdefghijklmnopqrstuvwxyz"]), out var major) ? major : null;
    }
}
