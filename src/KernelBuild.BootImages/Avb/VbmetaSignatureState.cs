namespace KernelBuild.BootImages.Avb;

/// <summary>Whether the authentication block of a vbmeta structure is valid, independent of whose key it is.</summary>
public enum VbmetaSignatureState
{
    /// <summary>Hash and signature are those of the content, by the key that the structure carries.</summary>
    Valid,

    /// <summary>Algorithm NONE: not signed.</summary>
    NotSigned,

    /// <summary>The stored hash is not that of header and auxiliary block.</summary>
    HashDiffers,

    /// <summary>The stored signature is not one of the content by the stored key.</summary>
    SignatureDiffers,

    /// <summary>The stored key is not of the algorithm, or its n0inv or rr are wrong.</summary>
    KeyInvalid,

    /// <summary>Sizes in the header are not those of the algorithm, or its number is not known.</summary>
    Malformed,

    /// <summary>ML-DSA: recognised, not checked.</summary>
    NotChecked,
}
