namespace KernelBuild.Testing.Phones;

public enum PhoneMode
{
    Bootloader,
    System,

    /// <summary>The cable is cut, or the battery is empty.</summary>
    Gone,
}
