namespace KernelBuild.Fetch;

/// <summary>Ends the import of an archive that seems to be the wrapping of the right one, before all of it is read.</summary>
internal sealed class ArchiveInArchiveException : InvalidOperationException;
