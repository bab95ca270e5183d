using KernelBuild.Host.Files;

namespace KernelBuild.Fetch;

/// <summary>What came of a request to a git server.</summary>
/// <param name="Output">Lines of standard output.</param>
/// <param name="Errors">Lines of standard error without those of progress.</param>
internal sealed record GitAnswer(GitAnswerKind Kind, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    /// <summary>
    /// git has one exit code for all of it, 128. The texts are those of git 2.39 to 2.47 and of libcurl, in the C locale; the ones
    /// that settle the matter come first, for a server that refuses hangs up, too.
    /// </summary>
    private static readonly (GitAnswerKind Kind, string[] Texts)[] _kinds =
    [
        (GitAnswerKind.RefsOnly,
            ["unadvertised object", "does not support shallow", "dumb http transport"]),
        (GitAnswerKind.Gone, ["not our ref"]),
        (GitAnswerKind.LoginWanted,
            [
                "Authentication failed", "could not read Username", "could not read Password", "terminal prompts disabled",
                "Permission denied (", "Host key verification failed", "returned error: 401", "returned error: 403",
            ]),
        (GitAnswerKind.NotThere,
            [
                "epository not found", "' not found", "does not appear to be a git repository", "not exported", "returned error: 404",
                "returned error: 410", "couldn't find remote ref", "not valid: is this a git repository?",
            ]),
        (GitAnswerKind.Broken, ["remote: fatal:", "remote: error:", "remote error:", "SSL certificate problem", "certificate verification failed"]),
        (GitAnswerKind.Unreachable,
            [
                "Could not resolve host", "unable to look up", "Name or service not known", "Connection refused", "Failed to connect",
                "No route to host", "Network is unreachable", "Couldn't connect",
            ]),
        (GitAnswerKind.Cut,
            [
                "early EOF", "hung up", "RPC failed", "reset by peer", "timed out", "unexpected disconnect", "too slow", "transfer closed",
                "expected flush", "Connection closed", "Broken pipe", "SSL_read", "gnutls_handshake", "recv failure", "Recv failure",
                "Empty reply", "protocol error", "bad line length", "bad band", "invalid index-pack output", "index-pack failed",
                "returned error: 408", "returned error: 429", "returned error: 500", "returned error: 502", "returned error: 503",
                "returned error: 504",
            ]),
    ];

    /// <summary>Worth another try without anybody having changed anything.</summary>
    public bool IsTransient => Kind is GitAnswerKind.Cut or GitAnswerKind.Stalled;

    public static GitAnswer Of(int exitCode, IReadOnlyList<string> output, IReadOnlyList<string> errors)
    {
        if (exitCode == 0)
        {
            return new GitAnswer(GitAnswerKind.Done, output, errors);
        }

        if (errors.Any(DiskSpace.IsExhausted))
        {
            return new GitAnswer(GitAnswerKind.Broken, output, errors);
        }

        var kind = _kinds.FirstOrDefault(one => errors.Any(line => one.Texts.Any(text => line.Contains(text, StringComparison.Ordinal)))).Kind;
        return new GitAnswer(kind == GitAnswerKind.Done ? GitAnswerKind.Broken : kind, output, errors);
    }
}
