using System.Collections.Immutable;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diagnosis;
using KernelBuild.Patches.Mail;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Engine;

/// <summary>
/// One run of a series on a commit: patches are read on all processors, folders and files of the source through one git process
/// ahead of their use, results hashed and deflated beside the application, commits made at the end in one go. Nothing is
/// written to the repository before every patch that is to be in is in.
/// </summary>
public sealed class SeriesRun
{
    /// <summary>Patches whose files are read ahead.</summary>
    private const int ReadAhead = 24;

    private readonly GitRepository _repository;
    private readonly GitObjectId _base;
    private readonly SeriesOptions _options;
    private readonly List<CommitPlan> _plans = [];
    private readonly List<PatchReport> _reports = [];

    private SeriesRun(GitRepository repository, GitObjectId commit, SeriesOptions options)
    {
        _repository = repository;
        _base = commit;
        _options = options;
    }

    /// <param name="commit">A commit of the repository; it and every ref stay as they are.</param>
    /// <returns>A report of every patch; what is wrong with them is in it, not thrown.</returns>
    public static Task<SeriesReport> ApplyAsync(
        GitRepository repository, GitObjectId commit, IReadOnlyList<PatchFile> patches, SeriesOptions options,
        CancellationToken cancellationToken) =>
        new SeriesRun(repository, commit, options).RunAsync(patches, cancellationToken);

    private async Task<SeriesReport> RunAsync(IReadOnlyList<PatchFile> files, CancellationToken cancellationToken)
    {
        await using var objects = new ObjectReader(_repository, contents: true, cancellationToken);
        await using var known = new ObjectReader(_repository, contents: false, cancellationToken);
        var patches = Parse(files, cancellationToken);
        await using var blobs = new BlobWriter(
            await ObjectsFolderAsync(cancellationToken), patches.Sum(patch => patch.Files.Length), known);
        // a thread of its own: it computes, and waits for git where there is nothing to compute
        var finished = await Task.Factory.StartNew(
            () => Apply(patches, objects, blobs, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        if (!finished)
        {
            return new SeriesReport(_base, null, null, [.. _reports]);
        }

        await blobs.FinishAsync(cancellationToken);
        return await CommitAsync(cancellationToken);
    }

    private static ParsedPatch[] Parse(IReadOnlyList<PatchFile> files, CancellationToken cancellationToken)
    {
        var parsed = new IReadOnlyList<ParsedPatch>[files.Count];
        Parallel.For(
            0, files.Count, new ParallelOptions { CancellationToken = cancellationToken }, at => parsed[at] = ParsedPatch.Read(files[at]));
        return [.. parsed.SelectMany(one => one)];
    }

    private async Task<string> ObjectsFolderAsync(CancellationToken cancellationToken)
    {
        var here = Path.Combine(_repository.Folder, "objects");
        // the folder of a linked work tree has no objects of its own
        return Directory.Exists(here)
            ? here
            : Path.GetFullPath(
                await _repository.Git("rev-parse", "--git-path", "objects").ReadAsync(cancellationToken), _repository.Folder);
    }

    /// <returns>False when a failure ended the run.</returns>
    private bool Apply(ParsedPatch[] patches, ObjectReader objects, BlobWriter blobs, CancellationToken cancellationToken)
    {
        var source = new SourceTree(objects, _base.ToString());
        source.Load(patches.SelectMany(patch => patch.Paths));
        var state = new SeriesState(source, objects);
        var lastUse = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var number = 0; number < patches.Length; number++)
        {
            foreach (var path in patches[number].Paths)
            {
                lastUse[path] = number;
            }
        }

        var diagnosis = new PatchDiagnosis(
            state, new SourceIndex(_repository, _base, cancellationToken), new SeriesHistory(state, patches));
        var stopped = false;
        for (var number = 0; number < patches.Length; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var patch = patches[number];
            if (stopped)
            {
                _reports.Add(Report(patch, PatchVerdict.NotTried, []));
                continue;
            }

            if (patch.Finding is { } damage)
            {
                _reports.Add(Report(patch, PatchVerdict.Malformed, []) with { Findings = [damage] });
                stopped = !_options.KeepGoing;
                continue;
            }

            state.Prefetch(Ahead(patches, number));
            var application = new PatchApplication(state, number, patch.Source.Fuzz);
            var outcomes = application.Run(patch.Files);
            var failed = !outcomes.All(outcome => outcome.Succeeded);
            var reports = diagnosis.Explain(patch, outcomes);
            var findings = PatchFindings.OfMail(patch).Concat(PatchFindings.Of(patch, reports, failed)).ToImmutableArray();
            if (failed)
            {
                _reports.Add(Report(patch, VerdictOf(reports), reports) with { Findings = findings });
                stopped = !_options.KeepGoing;
            }
            else
            {
                _reports.Add(Report(patch, PatchVerdict.Applied, reports) with { Findings = findings });
                _plans.Add(Plan(patch, application.Changes, blobs));
            }

            state.Release(patch.Paths.Where(path => lastUse[path] == number));
        }

        return !stopped;
    }

    private static IEnumerable<string> Ahead(ParsedPatch[] patches, int number) =>
        // each step adds one patch to those that were asked for before
        (number == 0 ? patches.Take(ReadAhead) : patches.Skip(number + ReadAhead - 1).Take(1))
            .SelectMany(patch => patch.Files).Select(file => file.OldName).OfType<string>().Where(path => TreePath.WhyUnsafe(path) is null);

    private static PatchReport Report(ParsedPatch patch, PatchVerdict verdict, ImmutableArray<FileReport> files) =>
        new(patch.Name, patch.Source.Path, patch.Mail.Subject, verdict, null, files);

    private static PatchVerdict VerdictOf(ImmutableArray<FileReport> files) =>
        files.All(file => file.Hunks.Length > 0 && file.Hunks.All(hunk => hunk.Verdict == HunkVerdict.AlreadyApplied))
            ? PatchVerdict.AlreadyApplied
            : PatchVerdict.Failed;

    private static CommitPlan Plan(ParsedPatch patch, IReadOnlyDictionary<string, FileState?> changes, BlobWriter blobs)
    {
        var written = new List<(string, uint, Task<GitObjectId>?)>(changes.Count);
        foreach (var (path, state) in changes)
        {
            written.Add((path, state?.Mode ?? 0, state switch
            {
                null => null,
                { BaseId: { } id } => Task.FromResult(GitObjectId.Parse(id)),
                _ => blobs.Add(state.ToArray()),
            }));
        }

        var mail = patch.Mail;
        var date = MailDate.TryParse(mail.Date, out var parsed) ? parsed.ToString() : GitRepository.Date;
        return mail.AuthorEmail.Length > 0
            ? new CommitPlan(mail.AuthorName, mail.AuthorEmail, date, MessageOf(patch), written)
            : new CommitPlan(CommitAuthor.Importer.Name, CommitAuthor.Importer.Email, date, MessageOf(patch), written);
    }

    private static string MessageOf(ParsedPatch patch) =>
        patch.Mail.Subject.Length > 0
            ? patch.Mail.Message
            : $"{patch.Name}\n{(patch.Mail.Message.Length > 0 ? "\n" + patch.Mail.Message : "")}";

    private async Task<SeriesReport> CommitAsync(CancellationToken cancellationToken)
    {
        if (_plans.Count == 0)
        {
            return new SeriesReport(_base, _base, await _repository.FindTreeAsync(_base, cancellationToken), [.. _reports]);
        }

        var (commits, tree) = await CommitWriter.WriteAsync(_repository, _base, _plans, cancellationToken);
        var next = 0;
        var reports = _reports.Select(report => report.Verdict == PatchVerdict.Applied ? report with { Commit = commits[next++] } : report);
        return new SeriesReport(_base, commits[^1], tree, [.. reports]);
    }
}
