namespace KernelBuild.Cli.Boot;

/// <summary>An image in a container, and where it went.</summary>
/// <param name="Partition">The partition that it is for.</param>
/// <param name="Path">The files that it is in, from the outermost on.</param>
/// <param name="Form">How it is stored.</param>
/// <param name="Size">Bytes; null when that is known only when it is decompressed.</param>
/// <param name="Output">The file that was written; null when it was only listed.</param>
/// <param name="Sha256">Of what was written; null when it was only listed.</param>
internal sealed record ExtractedImage(string Partition, string Path, string Form, long? Size, string? Output, string? Sha256);
