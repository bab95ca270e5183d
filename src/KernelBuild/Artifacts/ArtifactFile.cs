using KernelBuild.Host.Files;

namespace KernelBuild.Artifacts;

/// <summary>A file of an entry.</summary>
/// <param name="Name">Relative, with '/' between folders.</param>
/// <param name="Size">Bytes.</param>
public sealed record ArtifactFile(string Name, long Size, Sha256Digest Sha256)
{
    /// <summary>Whether the name stays below the folder that it is put into.</summary>
    public bool IsNameSafe => Name.Length > 0 && Name.AsSpan().IndexOfAny('\\', '\0') < 0
        && Name.Split('/').All(part => part is not ("" or "." or ".."));
}
