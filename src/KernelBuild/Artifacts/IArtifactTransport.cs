namespace KernelBuild.Artifacts;

/// <summary>
/// Where entries and blobs lie. Nothing that it gives is believed: <see cref="ArtifactStore"/> checks every byte. A put is seen whole or
/// not at all.
/// </summary>
/// <remarks>Trouble with the place itself is KB9045; what is not there is no trouble.</remarks>
public interface IArtifactTransport : IDisposable
{
    /// <summary>The address for people, without login and token.</summary>
    string Display { get; }

    /// <summary>The bytes of an entry; null when there is none.</summary>
    Task<byte[]?> FindEntryAsync(string key, CancellationToken cancellationToken);

    /// <summary>Makes the entry visible; its blobs are there already.</summary>
    Task PutEntryAsync(ArtifactEntry entry, CancellationToken cancellationToken);

    /// <summary>Copies a blob into a stream; false when there is none.</summary>
    Task<bool> GetBlobAsync(ArtifactFile blob, Stream target, CancellationToken cancellationToken);

    /// <param name="path">The file with the content.</param>
    /// <param name="replace">Write it even when a blob of that name and size is there: it was found to be damaged.</param>
    Task PutBlobAsync(ArtifactFile blob, string path, bool replace, CancellationToken cancellationToken);
}
