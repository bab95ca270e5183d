namespace KernelBuild.Testing.KernelImages;

/// <summary>A module to load.</summary>
/// <param name="Name">Its file's, without .ko.</param>
/// <param name="Module">Its bytes.</param>
public sealed record ModuleStep(string Name, byte[] Module);
