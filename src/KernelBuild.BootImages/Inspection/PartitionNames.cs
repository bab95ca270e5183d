namespace KernelBuild.BootImages.Inspection;

/// <summary>Which partition a file is for, by its name: boot_a.img and boot.img are boot.</summary>
public static class PartitionNames
{
    /// <summary>The name without folder, extension and slot; empty when there is none.</summary>
    public static string Of(string? fileName)
    {
        var name = Path.GetFileNameWithoutExtension(fileName ?? "");
        return name.EndsWith("_a", StringComparison.Ordinal) || name.EndsWith("_b", StringComparison.Ordinal) ? name[..^2] : name;
    }
}
