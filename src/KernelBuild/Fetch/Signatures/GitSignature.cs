using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;

namespace KernelBuild.Fetch.Signatures;

/// <summary>The signature of a commit, or of the tag that the project names. git checks it, by gpg or ssh-keygen.</summary>
internal sealed partial class GitSignature(GitSpec spec, FetchContext context, SigningKeys keys)
{
    /// <exception cref="DiagnosticException">KB1027 when what the server names is not what is locked.</exception>
    public async Task<SignatureCheck> CheckAsync(GitObjectId commit, CancellationToken cancellationToken)
    {
        // a commit that is signed itself needs no server
        var ofCommit = await RunAsync("verify-commit", $"the commit {commit}", commit, cancellationToken);
        if (ofCommit.Verdict is not null)
        {
            return ofCommit;
        }

        var named = spec.Ref is { } name ? await NamedAsync(name, commit, cancellationToken) : spec.Commit!.Value;
        return named == commit ? ofCommit : await OfTagAsync(named, commit, cancellationToken);
    }

    /// <summary>The tag that the ref is, which is then in the store; the commit for a branch, and a tag that says nothing itself.</summary>
    private async Task<GitObjectId> NamedAsync(string name, GitObjectId commit, CancellationToken cancellationToken)
    {
        var commits = new GitCommits(context, [spec.Address, .. context.Mirrors], isNamedByTree: false);
        var (named, peeled) = await commits.ResolveNamedAsync(name, cancellationToken);
        if (named == peeled)
        {
            return commit;
        }

        if (peeled != commit)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.SignatureRefused,
                $"'{name}' of {spec.Address.Display} is {peeled} now, and {commit} is locked: its signature says nothing of what is built",
                "see why it moved; --update-lock takes what it is now"));
        }

        await commits.BringAsync(named, name, cancellationToken);
        return named;
    }

    private async Task<SignatureCheck> OfTagAsync(GitObjectId tag, GitObjectId commit, CancellationToken cancellationToken)
    {
        var text = await context.Store.Git("cat-file", "tag", tag.ToString()).ReadAsync(cancellationToken);
        var own = TagName().Match(text).Groups[1].Value;
        var what = $"the tag {own}";
        if (spec.Ref is { } name && name != own && name != "refs/tags/" + own)
        {
            // an older tag of the same signer, served under a newer name
            return new SignatureCheck(null, $"the tag that the server has as '{name}' calls itself '{own}'", []);
        }

        return await context.Store.FindCommitAsync(tag, cancellationToken) == commit
            ? await RunAsync("verify-tag", what, tag, cancellationToken)
            : new SignatureCheck(null, $"{what} does not lead to the commit {commit}", []);
    }

    private async Task<SignatureCheck> RunAsync(string command, string what, GitObjectId id, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        var result = await (keys.With(context.Store.Git([.. keys.GitSettings, command, "--raw", id.ToString()])) with
        {
            AnswerCodes = [1, 128],
            OnError = lines.Add,
        }).RunAsync(cancellationToken);
        foreach (var line in lines)
        {
            if (result.ExitCode == 0 && GoodSsh().Match(line) is { Success: true } match)
            {
                return new SignatureCheck(new SignatureVerdict(what, match.Groups["name"].Value, match.Groups["key"].Value, HasExpired: false), "", lines);
            }

            if (OtherSsh().Match(line) is { Success: true } other)
            {
                return new SignatureCheck(null, $"it is signed by the SSH key {other.Groups["key"].Value}, which is none of those given", lines);
            }
        }

        var check = GpgStatus.Read(what, lines);
        return check.Verdict is null || result.ExitCode == 0 ? check : new SignatureCheck(null, "git refuses the signature", check.Lines);
    }

    [GeneratedRegex(@"^tag (.+)$", RegexOptions.Multiline)]
    private static partial Regex TagName();

    /// <remarks>Source: ssh-keygen -Y verify, which git runs.</remarks>
    [GeneratedRegex(@"^Good ""git"" signature for (?<name>.+) with \S+ key (?<key>SHA256:\S+)$")]
    private static partial Regex GoodSsh();

    [GeneratedRegex(@"^Good ""git"" signature with \S+ key (?<key>SHA256:\S+)$")]
    private static partial Regex OtherSsh();
}
