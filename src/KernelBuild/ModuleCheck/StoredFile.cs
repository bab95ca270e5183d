namespace KernelBuild.ModuleCheck;

/// <summary>A file out of a folder or an image.</summary>
/// <param name="Name">For messages: the source, "!" and the path in it, for an image.</param>
/// <param name="Bytes">All of it.</param>
public sealed record StoredFile(string Name, ReadOnlyMemory<byte> Bytes)
{
    public string FileName => Name[(Name.LastIndexOf('/') + 1)..];
}
