namespace KernelBuild.Cli.Boot;

/// <summary>An image in a file that holds several, or that is compressed.</summary>
/// <param name="Path">The files that it is in, from the outermost on: "image.zip/boot.img"; empty when the file itself is it.</param>
/// <param name="Partition">The partition that it is for, as names go: "boot".</param>
/// <param name="Form">How it is stored: "stored", "sparse", "gzip", "payload", "logical partition".</param>
/// <param name="Length">Bytes of the image; null when that is known only when it is decompressed.</param>
/// <param name="Write">Writes it into a stream that can seek.</param>
internal sealed record ContainedImage(string Path, string Partition, string Form, long? Length, Action<Stream> Write);
