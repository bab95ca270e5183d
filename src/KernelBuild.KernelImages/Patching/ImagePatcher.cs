using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Patching;

/// <summary>Applies byte patches: all of them, or nothing.</summary>
public static class ImagePatcher
{
    /// <param name="image">An uncompressed image.</param>
    /// <param name="patches">In any order.</param>
    /// <returns>A patched copy.</returns>
    /// <exception cref="DiagnosticException">
    /// KB8011: other bytes stand there. KB8012: behind the image's end, or over one another.
    /// </exception>
    public static byte[] Apply(ReadOnlySpan<byte> image, IReadOnlyList<BytePatch> patches)
    {
        var errors = new List<Diagnostic>();
        var end = 0L;
        foreach (var patch in patches.OrderBy(patch => patch.Offset))
        {
            if (patch.Offset < end || patch.Old.Length != patch.New.Length || patch.Old.IsEmpty
                || !KernelBytes.Fits(image, patch.Offset, patch.Old.Length))
            {
                errors.Add(Diagnostic.Error(
                    DiagnosticCodes.PatchOutsideImage,
                    $"a patch of {patch.Old.Length} bytes by {patch.New.Length} does not fit: the image has {image.Length}, and patches "
                    + $"may not overlap",
                    "old and new bytes must have the same length and lie within the image") with
                { Offset = patch.Offset });
                continue;
            }

            end = patch.Offset + patch.Old.Length;
            var found = image.Slice((int)patch.Offset, patch.Old.Length);
            if (!found.SequenceEqual(patch.Old.AsSpan()))
            {
                errors.Add(Diagnostic.Error(
                    DiagnosticCodes.PatchOldBytesDiffer,
                    "the bytes at the patch's offset are not the old bytes: nothing was changed",
                    "the patch is for another kernel, or was applied already: create it again for this kernel") with
                {
                    Offset = patch.Offset,
                    Found = Convert.ToHexStringLower(found),
                    Expected = Convert.ToHexStringLower(patch.Old.AsSpan()),
                });
            }
        }

        if (errors.Count > 0)
        {
            throw new DiagnosticException([.. errors]);
        }

        var result = image.ToArray();
        foreach (var patch in patches)
        {
            patch.New.CopyTo(result, (int)patch.Offset);
        }

        return result;
    }
}
