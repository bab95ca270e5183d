namespace KernelBuild.BootImages.Boot;

/// <summary>Whose header it is.</summary>
public enum BootHeaderForm
{
    /// <summary>AOSP's.</summary>
    Standard,

    /// <summary>That of Samsung's phones with Marvell PXA: version 0 with other places.</summary>
    Pxa,
}
