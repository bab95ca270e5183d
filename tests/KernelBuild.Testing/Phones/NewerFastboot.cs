namespace KernelBuild.Testing.Phones;

/// <summary>A fastboot that has the command fetch, as tests/fetch-debian-fastboot.sh brings it.</summary>
public static class NewerFastboot
{
    /// <summary>The name of the requirement.</summary>
    public const string Name = "fastboot with fetch";

    public static bool IsThere => File.Exists(Path.Combine(Folder, "fastboot"));

    public static string Folder => Path.Combine(KernelBuild.Host.Files.CacheFolder.FromEnvironment().Path, "fastboot");
}
