using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Git.Objects;
using KernelBuild.Git.Repositories;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diffs;
using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Blame;

/// <summary>Says which patch of a build brought in a line, through git blame on the commits that the patches made.</summary>
/// <param name="tip">The patched commit.</param>
/// <param name="patches">Each patch that is in, by its commit.</param>
public sealed class PatchBlame(
    GitRepository repository, GitObjectId source, GitObjectId tip, IReadOnlyDictionary<GitObjectId, PatchFile> patches)
{
    /// <summary>More places than this are consequences of the first ones.</summary>
    private const int MostPlaces = 8;

    /// <summary>The compiler's errors, and after each that stands on a line of a patch the place in that patch.</summary>
    /// <param name="folders">What the errors' files may be below: the work tree, and the folder that the compiler ran in.</param>
    public async Task<IReadOnlyList<Diagnostic>> ExtendAsync(
        IReadOnlyList<Diagnostic> errors, IReadOnlyList<string> folders, CancellationToken cancellationToken)
    {
        var result = new List<Diagnostic>();
        var seen = new HashSet<GuiltyLine>();
        foreach (var error in errors)
        {
            result.Add(error);
            if (seen.Count < MostPlaces
                && error is { File: { } file, Line: > 0 }
                && folders.FirstOrDefault(folder => file.StartsWith(folder + "/", StringComparison.Ordinal)) is { } folder
                && file[(folder.Length + 1)..] is var path
                && await FindAsync(path, error.Line, cancellationToken) is { } guilty
                && seen.Add(guilty))
            {
                result.Add(Diagnostic.Error(
                    DiagnosticCodes.PatchGuilty,
                    $"'{guilty.Patch.Name}' brought in the line {path}:{error.Line}, with hunk #{guilty.Hunk} ({guilty.Header})",
                    "correct that line of the patch, or take the patch out of the series") with
                { File = guilty.Patch.Path, Line = guilty.PatchLine });
            }
        }

        return result;
    }

    /// <summary>The patch line behind a line of the patched source; null when the source itself has it.</summary>
    /// <param name="path">In the tree.</param>
    /// <param name="line">Counted from 1.</param>
    public async Task<GuiltyLine?> FindAsync(string path, int line, CancellationToken cancellationToken)
    {
        var range = string.Create(CultureInfo.InvariantCulture, $"{line},{line}");
        var blame = await (repository.Git("blame", "--porcelain", "-L", range, $"{source}..{tip}", "--", path) with
        {
            AnswerCodes = [128],
        }).RunAsync(cancellationToken);
        if (blame.ExitCode != 0 || blame.Output.Count == 0 || blame.Output.Contains("boundary"))
        {
            return null;
        }

        // "COMMIT LINE-THERE LINE-HERE COUNT", header lines, a tab and the line itself
        var words = blame.Output[0].Split(' ');
        var name = blame.Output.FirstOrDefault(one => one.StartsWith("filename ", StringComparison.Ordinal))?["filename ".Length..] ?? path;
        var text = blame.Output.FirstOrDefault(one => one.StartsWith('\t'))?[1..] ?? "";
        return GitObjectId.TryParse(words[0], out var commit) && patches.TryGetValue(commit, out var patch)
            ? FindIn(patch, name, int.Parse(words[1], CultureInfo.InvariantCulture), text)
            : null;
    }

    /// <summary>The added line nearest to where it stands after the patch; a hunk may have applied at an offset.</summary>
    private static GuiltyLine? FindIn(PatchFile patch, string path, int line, string text)
    {
        GuiltyLine? best = null;
        var distance = int.MaxValue;
        foreach (var file in ParsedPatch.Read(patch)
            .Where(one => one.Name == patch.Name || one.Name.StartsWith(patch.Name + "#", StringComparison.Ordinal))
            .SelectMany(one => one.Files)
            .Where(file => file.NewName == path))
        {
            for (var at = 0; at < file.Hunks.Length; at++)
            {
                var hunk = file.Hunks[at];
                var there = hunk.NewStart;
                foreach (var candidate in hunk.Lines.Where(candidate => candidate.IsNew))
                {
                    if (candidate.Kind == HunkLineKind.Added && Math.Abs(there - line) < distance
                        && Encoding.UTF8.GetString(hunk.BytesOf(candidate)).TrimEnd('\n', '\r') == text.TrimEnd('\r'))
                    {
                        distance = Math.Abs(there - line);
                        best = new GuiltyLine(patch, at + 1, hunk.Header, candidate.Number);
                    }

                    there++;
                }
            }
        }

        return best;
    }
}
