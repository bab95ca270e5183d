using System.Collections.Immutable;
using KernelBuild.Git.Objects;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Application;

/// <summary>
/// Applies one patch, all of its files or none, by git apply's rules (apply.c: check_patch, apply_data). Every file is tried even
/// after one has failed, so that a report names all that is wrong at once.
/// </summary>
internal sealed class PatchApplication(SeriesState state, int number, int fuzz)
{
    private readonly Dictionary<string, FileState?> _changes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _leaving = new(StringComparer.Ordinal);
    private readonly List<FileImage> _touched = [];
    private readonly List<TreeEvent> _events = [];
    private bool _readsBefore;

    /// <summary>What the patch changed, once it has succeeded: path to new state, null for a path that is gone.</summary>
    public IReadOnlyDictionary<string, FileState?> Changes => _changes;

    public IReadOnlyList<FileOutcome> Run(ImmutableArray<FilePatch> files)
    {
        // names that the patch itself vacates may be filled by it, in any order
        foreach (var file in files.Where(file => file.OldName is not null && (file.NewName is null || file.Renames)))
        {
            _leaving.Add(file.OldName!);
        }

        // copies and renames read the file as it was before the patch
        _readsBefore = files.Any(file => file.Copies || file.Renames);
        var outcomes = new List<FileOutcome>(files.Length);
        foreach (var file in files)
        {
            outcomes.Add(Apply(file));
        }

        if (outcomes.TrueForAll(outcome => outcome.Succeeded))
        {
            _touched.ForEach(image => image.Accept());
            state.Accept(_changes, _events);
        }
        else
        {
            _touched.ForEach(image => image.Undo());
            _changes.Clear();
        }

        return outcomes;
    }

    private FileOutcome Apply(FilePatch file)
    {
        foreach (var name in (string?[])[file.OldName, file.NewName])
        {
            if (name is not null && TreePath.WhyUnsafe(name) is { } why)
            {
                return FileOutcome.Failed(file, FileProblem.PathUnsafe, $"the path '{name}' may not be touched: {why}");
            }
        }

        var old = FindOld(file, out var problem);
        if (problem != FileProblem.None)
        {
            return FileOutcome.Failed(file, problem);
        }

        if (file.WithReturns is { } kept && old is not null && old.Image is { Count: > 0 } image && image.LineAt(0).EndsWith("\r\n"u8))
        {
            file = kept;
        }

        if ((old is null || file.Renames || file.Copies) && file.NewName is { } made && WhyNotFree(made) is { } taken)
        {
            return FileOutcome.Failed(file, taken.Problem, taken.Detail);
        }

        var mode = file.NewMode != 0 ? FileState.CanonicalMode(file.NewMode) : old?.Mode ?? TreeEntry.Regular;
        if (old is not null
            && ((file.OldMode != 0 && FileState.TypeOf(file.OldMode) != FileState.TypeOf(old.Mode))
                || (file.NewName is not null && FileState.TypeOf(mode) != FileState.TypeOf(old.Mode))))
        {
            return FileOutcome.Failed(file, FileProblem.WrongType, $"{file.OldName} is {Describe(old.Mode)}");
        }

        return file.IsBinary ? ApplyBinary(file, old, mode) : ApplyText(file, old, mode);
    }

    private FileState? FindOld(FilePatch file, out FileProblem problem)
    {
        problem = FileProblem.None;
        if (file.Creates == true || file.OldName is not { } name)
        {
            return null;
        }

        if (!file.Copies && !file.Renames && _changes.TryGetValue(name, out var changed))
        {
            problem = changed is null ? FileProblem.FileGoneInSamePatch : FileProblem.None;
            return changed;
        }

        var old = state.Find(name);
        // "--- a/x" with no old line may mean that x is to be made
        problem = old is null && file.Creates == false ? FileProblem.FileMissing : FileProblem.None;
        return old;
    }

    private (FileProblem Problem, string Detail)? WhyNotFree(string path)
    {
        var kind = state.KindOf(path);
        if (kind is not SourceKind.Nothing && !_leaving.Contains(path) && !(kind == SourceKind.Folder && IsVacated(path)))
        {
            return (FileProblem.FileExists, kind == SourceKind.Folder ? $"'{path}' is a folder" : "");
        }

        foreach (var folder in SourceTree.Ancestors(path).Skip(1))
        {
            var above = _changes.TryGetValue(folder, out var changed)
                ? changed is null
                    ? SourceKind.Nothing
                    : FileState.TypeOf(changed.Mode) == TreeEntry.Symlink ? SourceKind.Link : SourceKind.File
                : state.KindOf(folder);
            if (above is SourceKind.Link or SourceKind.File && !_leaving.Contains(folder))
            {
                return above == SourceKind.Link
                    ? (FileProblem.PathUnsafe, $"'{path}' lies behind the symbolic link '{folder}'")
                    : (FileProblem.FileExists, $"'{folder}' is a file, not a folder");
            }
        }

        return null;
    }

    /// <summary>Whether every file of a folder leaves it by this patch.</summary>
    private bool IsVacated(string folder) =>
        state.Source.Folder(folder) is { } entries
        && entries.All(entry => state.KindOf($"{folder}/{entry.Key}") == SourceKind.Nothing || _leaving.Contains($"{folder}/{entry.Key}"));

    private FileOutcome ApplyText(FilePatch file, FileState? old, uint mode)
    {
        if (old is not null && file.Hunks.IsEmpty && file.Deletes != true)
        {
            Record(file, old, old.WithMode(mode));
            return new FileOutcome(file, FileProblem.None, []);
        }

        var image = ImageFor(file, old);
        _touched.Add(image);
        var placements = ImmutableArray.CreateBuilder<HunkPlacement?>(file.Hunks.Length);
        foreach (var hunk in file.Hunks)
        {
            var placement = HunkPlacement.Find(image, hunk, fuzz);
            placements.Add(placement);
            if (placement is { } place)
            {
                image.Replace(hunk, place.Span, place.At);
            }
        }

        var problem = placements.Any(placement => placement is null) ? FileProblem.HunksFailed
            : file.Deletes == true && image.Count > 0 ? FileProblem.LinesLeft
            : FileProblem.None;
        if (problem == FileProblem.None && mode == FileState.GitLink && file.Deletes != true)
        {
            if (FileState.LinkedCommit(image) is not { } commit)
            {
                return FileOutcome.Failed(file, FileProblem.SubmoduleDamaged, "a submodule is one line 'Subproject commit ID' with a whole id");
            }

            Record(file, old, FileState.OfLink(commit));
        }
        else if (problem == FileProblem.None)
        {
            Record(file, old, FileState.OfLines(mode, image));
        }

        return new FileOutcome(file, problem, placements.MoveToImmutable());
    }

    private FileImage ImageFor(FilePatch file, FileState? old)
    {
        if (old is null)
        {
            return FileImage.Empty();
        }

        if (_readsBefore || _changes.ContainsKey(file.OldName!))
        {
            return old.Image.Copy();
        }

        return old.Image;
    }

    private FileOutcome ApplyBinary(FilePatch file, FileState? old, uint mode)
    {
        if (file.OldId.Length != GitObjectId.HexLength || file.NewId.Length != GitObjectId.HexLength)
        {
            return FileOutcome.Failed(file, FileProblem.BinaryMissing, "the patch has no full index line");
        }

        var before = old?.ToArray() ?? [];
        if (old is not null && PackFile.NameOf(PackFile.ObjectType.Blob, before).ToString() != file.OldId)
        {
            return FileOutcome.Failed(file, FileProblem.BinaryDiffers, "the file is not the one that the patch was made from");
        }

        byte[]? after;
        if (file.Deletes == true)
        {
            after = [];
        }
        else if (file.Binary is not { } binary)
        {
            return FileOutcome.Failed(file, FileProblem.BinaryMissing, "the patch says that the files differ, and not how");
        }
        else if (!binary.IsDelta)
        {
            after = binary.Content.ToArray();
        }
        else if (!BinaryDelta.TryApply(binary.Content.Span, before, out after))
        {
            return FileOutcome.Failed(file, FileProblem.BinaryDiffers, "the delta is damaged");
        }

        if (file.Deletes != true && PackFile.NameOf(PackFile.ObjectType.Blob, after).ToString() != file.NewId)
        {
            return FileOutcome.Failed(file, FileProblem.BinaryDiffers, "the result is not what the index line names");
        }

        Record(file, old, FileState.OfBytes(mode, after));
        return new FileOutcome(file, FileProblem.None, []);
    }

    private void Record(FilePatch file, FileState? old, FileState result)
    {
        if (file.Deletes == true)
        {
            _changes[file.OldName!] = null;
            _events.Add(new TreeEvent(number, file.OldName!, null));
            return;
        }

        if (file.Renames)
        {
            // another part of the patch may have filled the old name already
            _changes.TryAdd(file.OldName!, null);
            _events.Add(new TreeEvent(number, file.OldName!, file.NewName));
        }

        _changes[file.NewName!] = result;
        _events.Add(new TreeEvent(number, file.NewName!, file.NewName, Created: old is null || file.Renames || file.Copies));
    }

    private static string Describe(uint mode) => FileState.TypeOf(mode) switch
    {
        TreeEntry.Symlink => "a symbolic link",
        FileState.GitLink => "a repository of its own",
        _ => "a regular file",
    };
}
