namespace KernelBuild.Patches.Series;

/// <summary>A patch of a series.</summary>
/// <param name="Name">As the series names it.</param>
/// <param name="Path">Absolute path.</param>
/// <param name="Strip">
/// Leading parts to take off each file name; null where the series does not say: 1, or none for names without a folder.
/// </param>
/// <param name="Fuzz">Context lines that may differ; only what the series grants this one patch.</param>
/// <param name="IsReversed">-R: what the patch adds is taken out, what it removes is put back.</param>
public sealed record PatchFile(string Name, string Path, int? Strip = null, int Fuzz = 0, bool IsReversed = false);
