using System.Collections.Immutable;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Host.Processes;

namespace KernelBuild.Git.Repositories;

/// <summary>A git repository, driven through git's plumbing, blind to the user's and the system's settings.</summary>
public class GitRepository
{
    /// <summary>Author, committer and date of every commit that we make: two runs give equal ids.</summary>
    public const string Date = "946684800 +0000";

    internal GitRepository(string folder) => Folder = folder;

    /// <summary>Path of the repository: of its .git, when it has a work tree.</summary>
    public string Folder { get; }

    /// <summary>The repository that a folder of the user's belongs to.</summary>
    /// <exception cref="DiagnosticException">KB1015 when there is none.</exception>
    public static async Task<GitRepository> OpenAsync(string folder, CancellationToken cancellationToken)
    {
        var result = Directory.Exists(folder)
            ? await (Bare().WithArguments("-C", folder, "rev-parse", "--absolute-git-dir", "--show-object-format") with { AnswerCodes = [128] }).RunAsync(
                cancellationToken)
            : null;
        if (result is { ExitCode: 0, Output: [_, "sha256"] })
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.RepositoryUnusable, $"'{folder}' names its objects by SHA-256; patches are applied to SHA-1 repositories only",
                "bring its commits over: git init other; git -C REPO fast-export --all | git -C other fast-import"));
        }

        return result is { ExitCode: 0 }
            ? new GitRepository(result.Output[0])
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.RepositoryUnusable, $"'{folder}' is no git repository",
                "name the folder of a clone, or of a bare repository"));
    }

    /// <summary>git on this repository.</summary>
    public Command Git(params IEnumerable<string> arguments) =>
        Bare().WithArguments($"--git-dir={Folder}").WithArguments(arguments);

    /// <summary>The tree of a commit, or null when the store does not hold both.</summary>
    public virtual Task<GitObjectId?> FindTreeAsync(GitObjectId commit, CancellationToken cancellationToken) =>
        PeelAsync(commit.ToString(), "tree", cancellationToken);

    /// <summary>The commit that an id names, itself or through a tag object; null when the store holds none.</summary>
    public Task<GitObjectId?> FindCommitAsync(GitObjectId id, CancellationToken cancellationToken) =>
        PeelAsync(id.ToString(), "commit", cancellationToken);

    /// <summary>The commit that a branch, a tag or an id, shortened or not, names here.</summary>
    /// <exception cref="DiagnosticException">KB1015 when it names none.</exception>
    public async Task<GitObjectId> ResolveCommitAsync(string revision, CancellationToken cancellationToken) =>
        (revision.StartsWith('-') ? null : await PeelAsync(revision, "commit", cancellationToken))
        ?? throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.RepositoryUnusable, $"'{revision}' names no commit in '{Folder}'",
            "name a branch, a tag or a commit id that git rev-parse knows there"));

    protected static Command Bare() => new Command("git")
        .WithArguments(
            "-c", "core.autocrlf=false",
            "-c", "core.fileMode=true",
            "-c", "core.hooksPath=/dev/null",
            "-c", "core.preloadIndex=true",
            "-c", "core.untrackedCache=false",
            "-c", "core.packedGitLimit=2g",
            "-c", "checkout.workers=0",
            "-c", "commit.gpgsign=false",
            "-c", "gc.auto=0",
            "-c", "maintenance.auto=false",
            "-c", "protocol.ext.allow=never",
            "-c", "advice.detachedHead=false",
            "-c", "safe.directory=*")
        .WithEnvironment("GIT_CONFIG_NOSYSTEM", "1")
        .WithEnvironment("GIT_CONFIG_GLOBAL", "/dev/null")
        .WithEnvironment("GIT_TERMINAL_PROMPT", "0")
        .WithEnvironment("GIT_AUTHOR_NAME", "KernelBuild")
        .WithEnvironment("GIT_AUTHOR_EMAIL", "kernelbuild@localhost")
        .WithEnvironment("GIT_AUTHOR_DATE", Date)
        .WithEnvironment("GIT_COMMITTER_NAME", "KernelBuild")
        .WithEnvironment("GIT_COMMITTER_EMAIL", "kernelbuild@localhost")
        .WithEnvironment("GIT_COMMITTER_DATE", Date);

    /// <summary>
    /// git as its user has set it up, for talking to servers: proxies, certificates, credential helpers, ssh and insteadOf are the
    /// user's affair, and none of them can change what an id names.
    /// </summary>
    /// <param name="environment">The user's; what would point git at another repository, or mix a trace into its messages, is left out.</param>
    internal static Command OfUser(IReadOnlyDictionary<string, string> environment)
    {
        var command = Bare() with { Environment = environment.Where(one => !IsOfRepository(one.Key)).ToImmutableSortedDictionary(StringComparer.Ordinal) };
        return command.WithEnvironment("GIT_TERMINAL_PROMPT", "0").WithEnvironment("LC_ALL", "C").WithEnvironment("LANGUAGE", null);
    }

    /// <remarks>Source: git rev-parse --local-env-vars, and git's documentation of its environment.</remarks>
    private static bool IsOfRepository(string variable) =>
        variable is "GIT_ALTERNATE_OBJECT_DIRECTORIES" or "GIT_CONFIG" or "GIT_CONFIG_PARAMETERS" or "GIT_OBJECT_DIRECTORY" or "GIT_DIR"
            or "GIT_WORK_TREE" or "GIT_IMPLICIT_WORK_TREE" or "GIT_GRAFT_FILE" or "GIT_INDEX_FILE" or "GIT_NO_REPLACE_OBJECTS"
            or "GIT_REPLACE_REF_BASE" or "GIT_PREFIX" or "GIT_SHALLOW_FILE" or "GIT_COMMON_DIR" or "GIT_NAMESPACE" or "GIT_QUARANTINE_PATH"
            or "GIT_DEFAULT_HASH" or "GIT_TEMPLATE_DIR" or "GIT_CEILING_DIRECTORIES"
        || variable.StartsWith("GIT_TRACE", StringComparison.Ordinal);

    protected async Task<GitObjectId?> PeelAsync(string revision, string type, CancellationToken cancellationToken)
    {
        var result = await (Git("rev-parse", "-q", "--verify", $"{revision}^{{{type}}}") with { AnswerCodes = [1, 128] }).RunAsync(
            cancellationToken);
        return result.ExitCode == 0 ? GitObjectId.Parse(result.Output[0]) : null;
    }
}
