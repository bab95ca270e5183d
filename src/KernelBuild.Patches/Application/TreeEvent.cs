namespace KernelBuild.Patches.Application;

/// <summary>That a patch made, changed, renamed or deleted a file: to tell later why a path is gone or there already.</summary>
/// <param name="Patch">Number of the patch in the series, counted from 0.</param>
/// <param name="NewPath">Where a renamed file went; null when it was deleted, the path itself when it was changed.</param>
internal sealed record TreeEvent(int Patch, string Path, string? NewPath, bool Created = false);
