using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Fetch;

/// <summary>
/// State and cache of apt in a folder of our own, so that neither root nor the host's package lists are needed and a foreign
/// architecture is no change of the host; with the host's sources, or with one suite that they do not name.
/// </summary>
/// <param name="folder">Holds all of it.</param>
/// <param name="suite">The suite; null for the host's sources.</param>
internal sealed class AptRoot(string folder, string? suite)
{
    private const string DebianKeys = "/usr/share/keyrings/debian-archive-keyring.gpg";

    public static AptRoot Of(CacheFolder cache, string? suite) =>
        suite is null ? new AptRoot(cache.Apt, null) : new AptRoot(Path.Combine(cache.Apt, "suites", suite.Replace('/', '_')), suite);

    public string? Suite => suite;

    /// <summary>Whether lists of packages were read before.</summary>
    public bool HasLists => Directory.Exists(Lists) && Directory.EnumerateFiles(Lists, "*_Packages*").Any();

    private string Lists => Path.Combine(folder, "state", "lists");

    private string Parts => Path.Combine(folder, "sources.list.d");

    /// <summary>A program of apt that looks here.</summary>
    public Command Command(string program)
    {
        Directory.CreateDirectory(Path.Combine(Lists, "partial"));
        Directory.CreateDirectory(Path.Combine(folder, "cache", "archives", "partial"));
        var status = Path.Combine(folder, "status");
        if (!File.Exists(status))
        {
            File.WriteAllBytes(status, []);
        }

        var command = new Command(program).WithArguments(
            "-o", "Dir::State=" + Path.Combine(folder, "state"),
            "-o", "Dir::State::status=" + status,
            "-o", "Dir::Cache=" + Path.Combine(folder, "cache"),
            "-o", "APT::Architectures::=amd64",
            "-o", "APT::Architectures::=arm64",
            "-o", "APT::Sandbox::User=root",
            "-o", "APT::Update::Error-Mode=any",
            "-o", "Acquire::Languages=none",
            "-o", "Acquire::Retries=2",
            "-o", "APT::Get::AllowUnauthenticated=false");
        return suite is null ? command : command.WithArguments(
            "-o", "Dir::Etc::sourcelist=/dev/null",
            "-o", "Dir::Etc::sourceparts=" + Parts,
            // pins of the host are about its own suites
            "-o", "Dir::Etc::preferences=/dev/null",
            "-o", "Dir::Etc::preferencesparts=/dev/null",
            "-o", "Acquire::AllowInsecureRepositories=false",
            "-o", "Acquire::AllowWeakRepositories=false",
            "-o", "Acquire::AllowDowngradeToInsecureRepositories=false");
    }

    /// <summary>Makes one archive the source of the suite.</summary>
    public void Use(AptSource source)
    {
        Directory.CreateDirectory(Parts);
        var keys = source.SignedBy.Length > 0 ? source.SignedBy : File.Exists(DebianKeys) ? DebianKeys : "";
        AtomicFile.Write(
            Path.Combine(Parts, "suite.sources"),
            $"Types: deb\nURIs: {source.Uri}\nSuites: {suite}\nComponents: {string.Join(' ', source.Components)}\n"
            + (keys.Length > 0 ? $"Signed-By: {keys}\n" : "")
            + (source.ChecksValidUntil ? "" : "Check-Valid-Until: no\n"));
    }

    /// <summary>The archives of the host's sources that may have the suite.</summary>
    /// <exception cref="DiagnosticException">KB1017 when there is none.</exception>
    public async Task<IReadOnlyList<AptSource>> CandidatesAsync(CancellationToken cancellationToken)
    {
        var places = await new Command("apt-config")
            .WithArguments("shell", "LIST", "Dir::Etc::sourcelist/f", "PARTS", "Dir::Etc::sourceparts/d").ReadAsync(cancellationToken);
        var (list, parts) = (Value(places, "LIST"), Value(places, "PARTS"));
        var files = Directory.Exists(parts) ? Directory.EnumerateFiles(parts).Order(StringComparer.Ordinal).Prepend(list) : [list];
        var sources = files
            .Where(file => File.Exists(file) && (file == list || Path.GetExtension(file) is ".list" or ".sources"))
            .SelectMany(file => AptSources.Parse(File.ReadAllText(file), file.EndsWith(".sources", StringComparison.Ordinal)));
        var candidates = AptSources.For(suite!, sources);
        return candidates.Count > 0 ? candidates : throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.SuiteUnavailable,
            AptSource.IsSecuritySuite(suite!)
                ? $"the suite '{suite}' is one of security updates, and apt's sources name no archive of those"
                : $"apt's sources name no archive that could have the suite '{suite}'",
            $"name one in {parts}, such as 'deb "
                + $"http://MIRROR/{(AptSource.IsSecuritySuite(suite!) ? "debian-security" : "debian")} {suite} main'"));
    }

    private static string Value(string shell, string name) => shell.Split('\n')
        .Where(line => line.StartsWith(name + "='", StringComparison.Ordinal))
        .Select(line => line[(name.Length + 2)..^1].TrimEnd('/'))
        .FirstOrDefault("");
}
