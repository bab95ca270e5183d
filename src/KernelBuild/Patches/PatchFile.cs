namespace KernelBuild.Patches;

/// <summary>A patch of a series.</summary>
/// <param name="Name">As the series names it.</param>
/// <param name="Path">Absolute path.</param>
/// <param name="Strip">Leading parts to take off each file name: 1 for a/ and b/.</param>
public sealed record PatchFile(string Name, string Path, int Strip);
