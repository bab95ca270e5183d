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
                await ApplyAsync(index, patch, findings, cancellationToken);
                var tree = GitObjectId.Parse(await Git(index, "write-tree").ReadAsync(cancellationToken));
                parent = await store.CommitAsync(tree, parent, mail.Author, mail.Message, cancellationToken);
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

    private async Task<(CommitAuthor Author, string Message)> ReadMailAsync(PatchFile patch, string scratch, CancellationToken cancellationToken)
    {
        var message = Path.Combine(scratch, "message");
        IReadOnlyList<string> header;
        try
        {
            header = (await (store.Git("mailinfo", message, Path.Combine(scratch, "patch")) with
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

        var body = await File.ReadAllTextAsync(message, cancellationToken);
        var text = Field("Subject") + "\n" + (body.Trim().Length == 0 ? "" : "\n" + body.Trim('\n') + "\n");
        return (new CommitAuthor(Field("Author"), Field("Email"), Field("Date")), text);
    }

    private async Task ApplyAsync(string index, PatchFile patch, IDiagnosticSink findings, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        var apply = Git(index, "apply", "--cached", "--verbose", "--whitespace=nowarn", $"-p{patch.Strip}", "--", patch.Path) with
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
}
