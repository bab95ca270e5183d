using System.Collections.Immutable;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;

namespace KernelBuild.Fetch.Manifests;

/// <summary>Which projects of a manifest are wanted, by repo's rules (project.py, MatchesGroups; the option -g of repo init).</summary>
/// <param name="Wanted">In their order; one that begins with '-' takes away.</param>
internal sealed partial record ManifestGroups(ImmutableArray<string> Wanted)
{
    private const string Default = "default";
    private const string NotDefault = "notdefault";
    private const string All = "all";

    // platform.system() of the machines that kernels are built on; repo adds it to every choice
    private const string Platform = "platform-linux";

    /// <param name="chosen">The item's own; none for what repo takes when nobody chooses.</param>
    public static ManifestGroups Of(IReadOnlyList<string> chosen) => new([.. chosen.Count == 0 ? [Default] : chosen, Platform]);

    public static ImmutableSortedSet<string> Split(string text) =>
        Separators().Split(text).Where(name => name.Length > 0).ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>The last group that says something of a project decides.</summary>
    public bool Take(ManifestProject project)
    {
        var taken = false;
        foreach (var group in Wanted)
        {
            if (group.StartsWith('-') && Has(project, group[1..]))
            {
                taken = false;
            }
            else if (Has(project, group))
            {
                taken = true;
            }
        }

        return taken;
    }

    /// <summary>A group that no project has would choose nothing, silently.</summary>
    /// <exception cref="DiagnosticException">KB1026.</exception>
    public void RequireKnown(RepoManifest manifest, string spec)
    {
        foreach (var name in Wanted.Select(group => group.TrimStart('-')))
        {
            if (name is not (Default or NotDefault or All) && !name.StartsWith("platform-", StringComparison.Ordinal)
                && !manifest.Projects.Any(project => project.Groups.Contains(name)))
            {
                throw Fault($"'{spec}': no project of the manifest has the group '{name}'", manifest);
            }
        }

        if (!manifest.Projects.Any(Take))
        {
            throw Fault($"'{spec}': the groups {string.Join(", ", Wanted)} leave no project of the manifest", manifest);
        }
    }

    private static DiagnosticException Fault(string what, RepoManifest manifest)
    {
        var names = manifest.Projects.SelectMany(project => project.Groups)
            .Where(name => name != All && !name.Contains(':', StringComparison.Ordinal))
            .Append(Default)
            .Distinct()
            .Order(StringComparer.Ordinal);
        return new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.ManifestGroupUnknown, what,
            $"Groups takes {string.Join(", ", names)}, name:NAME and path:FOLDER of a project, each also with '-' before it"));
    }

    private static bool Has(ManifestProject project, string group) =>
        group == All || project.Groups.Contains(group) || (group == Default && !project.Groups.Contains(NotDefault));

    [GeneratedRegex(@"[,\s]+")]
    private static partial Regex Separators();
}
