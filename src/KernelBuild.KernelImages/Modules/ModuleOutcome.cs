namespace KernelBuild.KernelImages.Modules;

/// <summary>What becomes of a module.</summary>
public enum ModuleOutcome
{
    /// <summary>Linux takes it; whether its init function succeeds is another matter.</summary>
    Loads,

    /// <summary>Linux refuses it.</summary>
    Refused,

    /// <summary>Nothing that is known refuses it, and not all is known.</summary>
    Unknown,
}
