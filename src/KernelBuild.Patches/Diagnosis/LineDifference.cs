namespace KernelBuild.Patches.Diagnosis;

/// <summary>A row of the comparison of a hunk with the place in the file that is most like it.</summary>
/// <param name="PatchLine">Line in the patch file, counted from 1; 0 when the line is in the file alone.</param>
/// <param name="FileLine">Line in the file, counted from 1; 0 when the line is in the patch alone.</param>
/// <param name="Expected">What the patch expects; null when it expects nothing here.</param>
/// <param name="Found">What the file has; null when it has nothing here.</param>
public sealed record LineDifference(int PatchLine, int FileLine, string? Expected, string? Found)
{
    public bool Agrees => Expected is not null && Expected == Found;
}
