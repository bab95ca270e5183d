using KernelBuild.Patches.Series;

namespace KernelBuild.Patches.Blame;

/// <summary>The line of a patch that brought in a line of the source.</summary>
/// <param name="Patch">The patch file.</param>
/// <param name="Hunk">Number among the hunks of the file, counted from 1.</param>
/// <param name="Header">"@@ -a,b +c,d @@".</param>
/// <param name="PatchLine">Line in the patch file, counted from 1.</param>
public sealed record GuiltyLine(PatchFile Patch, int Hunk, string Header, int PatchLine);
