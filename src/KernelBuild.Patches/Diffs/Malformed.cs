using KernelBuild.Diagnostics;

namespace KernelBuild.Patches.Diffs;

/// <summary>Ends the reading of a patch whose text is damaged; <see cref="DiffReader"/> catches it and gives out the finding.</summary>
internal static class Malformed
{
    private const string TakeAnew = "take the patch anew from its author, or write it again with git format-patch";

    /// <param name="number">Line in the patch file, counted from 1.</param>
    public static DiagnosticException At(int number, string message, string fix = TakeAnew) =>
        new(Diagnostic.Error(DiagnosticCodes.PatchMalformed, message, fix) with { Line = number });
}
