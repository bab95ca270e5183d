using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.Fetch;

/// <summary>The sources of a device as they are to be composed: the kernel's first, then what is put into folders of it.</summary>
/// <param name="Pieces">By folder; the kernel's is ".".</param>
internal sealed record SourcePlan(IReadOnlyList<SourcePiece> Pieces)
{
    public const string Root = ".";

    public KernelSourceSpec Kernel => Pieces[0].Spec;

    /// <exception cref="DiagnosticException">KB1001 and KB1022.</exception>
    public static SourcePlan Of(SourceRequest request)
    {
        var folder = System.IO.Path.GetDirectoryName(request.ProjectFile)!;
        var pieces = new List<SourcePiece> { SourcePiece.Of(Root, request.Kernel, folder) };
        foreach (var part in request.Parts)
        {
            var path = part.Path.Trim('/');
            if (path.Length == 0 || path.Split('/').Any(name => name is "" or "." or ".." || name.Equals(".git", StringComparison.OrdinalIgnoreCase)))
            {
                throw Invalid(request, $"the Path '{part.Path}' is no folder inside the kernel's tree");
            }

            if (pieces.Exists(one => one.Path == path))
            {
                throw Invalid(request, $"two KernelSource items have the Path '{path}'");
            }

            pieces.Add(SourcePiece.Of(path, part, folder));
        }

        // the outer before the inner, whatever the order in the project
        return new SourcePlan([pieces[0], .. pieces.Skip(1).OrderBy(one => one.Path, StringComparer.Ordinal)]);
    }

    /// <summary>What a lock file says of a piece; null when it says nothing of this very spec.</summary>
    public static LockedSource? Locked(LockFile lockFile, string path, KernelSourceSpec spec)
    {
        var entry = lockFile.Parts.GetValueOrDefault(path) ?? (path == Root && lockFile.Parts.Count == 0 ? lockFile.Source : null);
        return entry is not null && entry.Spec == spec.Text ? entry : null;
    }

    /// <summary>Whether the lock file names every piece of this plan, and none besides.</summary>
    public bool IsLocked(LockFile lockFile) =>
        lockFile.Source is not null
        && Pieces.All(piece => piece.Spec is not LocalTreeSpec && Locked(lockFile, piece.Path, piece.Spec) is not null)
        && lockFile.Parts.All(part => part.Value.IsNamedBySource || Pieces.Any(piece => piece.Path == part.Key));

    private static DiagnosticException Invalid(SourceRequest request, string what) => new(Diagnostic.Error(
        DiagnosticCodes.SourcePathInvalid, what, "for example <KernelSource Include=\"git:…\" Path=\"drivers/vendor\" />") with
    { File = request.ProjectFile });
}
