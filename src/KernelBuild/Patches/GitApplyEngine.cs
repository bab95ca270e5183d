using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Store;
using KernelBuild.Tools;

namespace KernelBuild.Patches;

/// <summary>
/// The simple engine: git apply on an index of its own, one process per step. No work tree and no ref is touched; a series
/// that fails leaves unreferenced objects at most.
/// </summary>
public sealed class GitApplyEngine(GitStore store) : IPatchEngine
{
    public int Version => 1;

    public async Task<IReadOnlyList<AppliedPatch>> ApplyAsync(
        GitObjectId baseCommit, IReadOnlyList<PatchFile> patches, IDiagnosticSink findings, CancellationToken cancellationToken)
    {
        var scratch = Directory.CreateTempSubdirectory("kernelbuild-patch-").FullName;
        try
        {
            var index = Path.Combine(scratch, "index");
            await Git(index, "read-tree", baseCommit.ToString()).RunAsync(cancellationToken);
            var applied = new List<AppliedPatch>();
            var parent = baseCommit;
            foreach (var patch in patches)
            {
                var mail = await ReadMailAsync(patch, scratch, cancellationToken);
                await ApplyAsync(index, patch, mail.Diff, findings, cancellationToken);
                var tree = GitObjectId.Parse(await Git(index, "write-tree").ReadAsync(cancellationToken));
                parent = await CommitAsync(patch, tree, parent, mail, cancellationToken);
                applied.Add(new AppliedPatch(patch, parent, mail.Message.Split('\n')[0]));
            }

            if (applied.Count > 0)
            {
                await store.KeepAsync(parent, cancellationToken);
            }

            return applied;
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    private Command Git(string index, params IEnumerable<string> arguments) =>
        store.Git(arguments).WithEnvironment("GIT_INDEX_FILE", index);

    private async Task<GitObjectId> CommitAsync(PatchFile patch, GitObjectId tree, GitObjectId parent, Mail mail, CancellationToken cancellationToken)
    {
        try
        {
            return await store.CommitAsync(tree, parent, mail.Author, mail.Message, cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Details.Any(line => line.Contains("invalid date format", StringComparison.Ordinal)))
        {
            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.PatchHasNoAuthor,
                    $"'{patch.Name}' has the Date '{mail.Author.Date}', which is none",
                    "write it as git format-patch does: Mon, 1 Jun 2026 12:00:00 +0000") with
                { File = patch.Path, Line = 1 },
                e);
        }
    }

    private async Task<Mail> ReadMailAsync(PatchFile patch, string scratch, CancellationToken cancellationToken)
    {
        var message = Path.Combine(scratch, "message");
        var decoded = Path.Combine(scratch, "patch");
        IReadOnlyList<string> header;
        try
        {
            header = (await (store.Git("mailinfo", message, decoded) with
            {
                InputProducer = async (stream, token) => await stream.WriteAsync(await File.ReadAllBytesAsync(patch.Path, token), token),
            }).RunAsync(cancellationToken)).Output;
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            throw new DiagnosticException(
                Diagnostic.Error(DiagnosticCodes.PatchMalformed, $"'{patch.Name}' is no patch in mail form", "write it with git format-patch") with
                { File = patch.Path, Details = e.Diagnostics[0].Details },
                e);
        }

        string Field(string name) => header.FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..] ?? "";

        if (Field("Author").Length == 0 || Field("Subject").Length == 0 || Field("Date").Length == 0)
        {
            var missing = (string[])["Author", "Date", "Subject"];
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.PatchHasNoAuthor,
                $"'{patch.Name}' lacks the mail header {string.Join(" and ", missing.Where(name => Field(name).Length == 0).Select(name => name == "Author" ? "From" : name))}",
                "a patch carries From:, Date: and Subject:, as git format-patch writes them, so that its commit has an author and a stable id") with
            { File = patch.Path, Line = 1 });
        }

        var text = StripSpace(Field("Subject") + "\n\n" + await File.ReadAllTextAsync(message, cancellationToken));
        // the file itself where it can be read as it is: git's messages then name its lines
        var diff = IsEncoded(patch) ? decoded : patch.Path;
        return new Mail(new CommitAuthor(Field("Author"), Field("Email"), Field("Date")), text, diff);
    }

    /// <summary>As git stripspace does, which is what git am makes of a message: no trailing blanks, no two empty lines.</summary>
    private static string StripSpace(string text)
    {
        var lines = new List<string>();
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd()))
        {
            if (line.Length > 0 || lines is [.., { Length: > 0 }])
            {
                lines.Add(line);
            }
        }

        return string.Join('\n', lines).TrimEnd('\n') + "\n";
    }

    /// <summary>Whether the mail is in base64 or quoted-printable, as some mail programs send what is not plain ASCII.</summary>
    private static bool IsEncoded(PatchFile patch) => File.ReadLines(patch.Path)
        .TakeWhile(line => line.Length > 0)
        .Any(line => line.StartsWith("Content-Transfer-Encoding:", StringComparison.OrdinalIgnoreCase)
            && (line.Contains("base64", StringComparison.OrdinalIgnoreCase) || line.Contains("quoted-printable", StringComparison.OrdinalIgnoreCase)));

    private async Task ApplyAsync(string index, PatchFile patch, string diff, IDiagnosticSink findings, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        var apply = Git(index, "apply", "--cached", "--verbose", "--whitespace=nowarn", $"-p{patch.Strip}", "--", diff) with
        {
            OnError = lines.Add,
            AnswerCodes = [1, 128],
        };
        var result = await apply.RunAsync(cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new DiagnosticException(ApplyFailure.Explain(patch, lines));
        }

        var file = "";
        foreach (var line in lines)
        {
            if (line.StartsWith("Checking patch ", StringComparison.Ordinal))
            {
                file = line["Checking patch ".Length..].TrimEnd('.');
            }
            else if (line.StartsWith("Hunk #", StringComparison.Ordinal))
            {
                findings.Report(Diagnostic.Note(
                    DiagnosticCodes.PatchDoesNotApply,
                    string.Create(CultureInfo.InvariantCulture, $"{patch.Name}: {file}: {line}")) with
                { File = patch.Path });
            }
        }
    }

    /// <param name="Diff">The file to hand to git apply.</param>
    private sealed record Mail(CommitAuthor Author, string Message, string Diff);
}
