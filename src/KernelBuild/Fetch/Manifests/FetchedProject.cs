namespace KernelBuild.Fetch.Manifests;

/// <summary>A project with its commit in the store, or a submodule of one.</summary>
/// <param name="Folder">From the top of the manifest's tree; "" for the top itself.</param>
/// <param name="Project">Null for a submodule.</param>
internal sealed record FetchedProject(string Folder, LockedSource Source, ManifestProject? Project);
