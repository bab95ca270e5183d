namespace KernelBuild.BootImages.Inspection;

/// <summary>How one of the four questions about an image is answered.</summary>
public enum AnswerState
{
    /// <summary>Checked, and right.</summary>
    Good,

    /// <summary>Checked, and wrong.</summary>
    Bad,

    /// <summary>There is nothing that could be checked: nothing protects the image in this respect.</summary>
    Absent,

    /// <summary>There is something, and it was not checked; the text says why.</summary>
    NotChecked,
}
