using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Layout;

/// <summary>Padding is zeros: what else stands there is a vendor's mark, or a section that is longer than its size field says.</summary>
internal static class PaddingCheck
{
    /// <param name="offset">Where the padding starts, in bytes from the start of the image.</param>
    /// <param name="name">What it follows.</param>
    /// <param name="padding">Its bytes.</param>
    /// <param name="findings">Gets KB5014.</param>
    public static void Check(long offset, string name, ReadOnlyMemory<byte> padding, List<Diagnostic> findings)
    {
        var first = padding.Span.IndexOfAnyExcept((byte)0);
        if (first >= 0)
        {
            findings.Add(Diagnostic.Warning(
                DiagnosticCodes.BootImagePaddingNotZero,
                $"the padding after the {name} is not zero: a vendor's mark, or a size field that is too small") with
            { Offset = offset + first });
        }
    }
}
