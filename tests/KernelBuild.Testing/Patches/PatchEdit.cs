namespace KernelBuild.Testing.Patches;

/// <summary>One damage; each number is taken as far as it fits.</summary>
/// <param name="Kind">0 a byte, 1 a cut, 2 a piece twice, 3 the end, 4 a piece of another patch, 5 a bit.</param>
public readonly record struct PatchEdit(int Kind, int At, int Length, byte Value);
