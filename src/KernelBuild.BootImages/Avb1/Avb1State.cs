namespace KernelBuild.BootImages.Avb1;

/// <summary>What an AVB 1 signature is worth.</summary>
public enum Avb1State
{
    /// <summary>Made by the key of its certificate, over the image as it is.</summary>
    Valid,

    /// <summary>It starts like one and cannot be read.</summary>
    Malformed,

    /// <summary>It covers more or fewer bytes than the image has, which bootloaders refuse.</summary>
    LengthDiffers,

    /// <summary>The image was changed after it was signed, or another key than the certificate's has signed it.</summary>
    SignatureDiffers,

    /// <summary>The certificate cannot be read, or its key is not one for the algorithm.</summary>
    KeyInvalid,

    /// <summary>An algorithm that is not known.</summary>
    NotChecked,
}
