using KernelBuild.Diagnostics;

namespace KernelBuild.Fetch;

/// <summary>
/// git:URL#COMMIT-OR-REF: one commit without its history. A ref is resolved once; from then on the lock names the commit.
/// </summary>
internal static class GitSource
{
    public static async Task<LockedSource> FetchAsync(GitSpec spec, FetchContext context, CancellationToken cancellationToken)
    {
        var commit = spec.Commit ?? context.Locked?.Commit;
        if (commit is null && context.Strict)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.LockMissing,
                $"the lock file does not say which commit '{spec.Text}' is",
                "build once without --locked and commit the lock file"));
        }

        var commits = new GitCommits(context, [spec.Address, .. context.Mirrors], isNamedByTree: false);
        var id = commit ?? await commits.ResolveAsync(spec.Ref!, cancellationToken);
        var (found, tree) = await commits.BringAsync(id, spec.Ref, cancellationToken);
        return new LockedSource(spec.Text, spec.Ref ?? id.ToString(), null, found, tree);
    }
}
