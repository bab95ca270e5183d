namespace KernelBuild.BootImages.Avb1;

/// <summary>An AVB 1 signature in the place where it was found.</summary>
/// <param name="Offset">Bytes from the start of the image, a vendor's wrapper not counted.</param>
/// <param name="Length">Bytes of it.</param>
/// <param name="Signature">Null when it starts like one and cannot be read.</param>
public sealed record Avb1Block(int Offset, int Length, Avb1Signature? Signature)
{
    /// <summary>Bytes from the start of the image to its end.</summary>
    public int End => Offset + Length;
}
