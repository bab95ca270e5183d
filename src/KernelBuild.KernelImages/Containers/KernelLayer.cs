namespace KernelBuild.KernelImages.Containers;

/// <summary>A layer of a kernel file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Depth">How many streams had to be decompressed to see it; 0 stands for the file itself.</param>
/// <param name="Offset">Bytes from the start of the file, or of the content of the stream it lies in.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Detail">What more is known of it: the compression, a header version; may be empty.</param>
public sealed record KernelLayer(KernelLayerKind Kind, int Depth, long Offset, long Size, string Detail);
