namespace KernelBuild.BootImages.Verification;

/// <summary>How a part of an image is compared.</summary>
public enum ExpectedState
{
    /// <summary>Not at all.</summary>
    Any,

    /// <summary>It must not be there.</summary>
    Absent,

    /// <summary>Its bytes after decompression.</summary>
    Content,

    /// <summary>Its bytes as stored.</summary>
    Stored,
}
