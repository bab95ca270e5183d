using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diffs;

namespace KernelBuild.Patches.Diagnosis;

/// <summary>What the patches that are in did to a file: replayed, to find the one after which a hunk no longer applies.</summary>
internal sealed class SeriesHistory(SeriesState state, IReadOnlyList<ParsedPatch> patches)
{
    /// <summary>The patch of the series without which the hunk would apply; empty when there is none.</summary>
    /// <param name="path">The file that the hunk is for.</param>
    public string FindConflict(string path, Hunk hunk)
    {
        var names = NamesOf(path);
        var numbers = state.Events.Where(one => names.Contains(one.Path)).Select(one => one.Patch).Distinct().Order().ToArray();
        if (numbers.Length == 0)
        {
            return "";
        }

        var image = FileImage.Empty();
        foreach (var name in names)
        {
            if (state.FindInSource(name) is { } source)
            {
                image = source.Image;
            }
        }

        var applied = HunkPlacement.Find(image, hunk, 0) is not null;
        var conflict = "";
        foreach (var number in numbers)
        {
            foreach (var file in patches[number].Files.Where(file => names.Contains(file.Name)))
            {
                foreach (var earlier in file.Hunks)
                {
                    if (HunkPlacement.Find(image, earlier, patches[number].Source.Fuzz) is { } place)
                    {
                        image.Replace(earlier, place.Span, place.At);
                    }
                }

                image.Accept();
            }

            var applies = HunkPlacement.Find(image, hunk, 0) is not null;
            conflict = applied && !applies ? patches[number].Name : applies ? "" : conflict;
            applied = applies;
        }

        return conflict;
    }

    /// <summary>What happened to a path that is gone; empty when no patch touched it.</summary>
    public string ExplainGone(string path)
    {
        var gone = state.Events.LastOrDefault(one => one.Path == path && one.NewPath != path);
        return gone is null ? ""
            : gone.NewPath is null ? $"the patch '{patches[gone.Patch].Name}' of this series deletes it"
            : $"the patch '{patches[gone.Patch].Name}' of this series renames it to '{gone.NewPath}'";
    }

    /// <summary>The patch of the series that made a path; empty when the source has it.</summary>
    public string MakerOf(string path) =>
        state.Events.LastOrDefault(one => one.Path == path && one.Created) is { } made ? patches[made.Patch].Name : "";

    /// <summary>The names that a file had in the course of the series.</summary>
    private HashSet<string> NamesOf(string path)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { path };
        foreach (var one in state.Events
            .Reverse()
            .Where(one => one.NewPath is not null && one.NewPath != one.Path && names.Contains(one.NewPath)))
        {
            names.Add(one.Path);
        }

        return names;
    }
}
