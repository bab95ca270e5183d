namespace KernelBuild.Toolchains;

/// <summary>A program of the toolchain, or a library that holds its code.</summary>
/// <param name="Name">As it is called, such as clang-19.</param>
/// <param name="Path">Where it was found, links followed.</param>
/// <param name="Version">The first line of its --version; empty for a library.</param>
/// <param name="Sha256">Of the file.</param>
public sealed record ToolFile(string Name, string Path, string Version, string Sha256);
