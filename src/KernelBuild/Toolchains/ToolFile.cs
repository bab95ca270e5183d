namespace KernelBuild.Toolchains;

/// <summary>A program of the toolchain, or a library that holds its code.</summary>
/// <param name="Name">As the build calls it, such as clang; a library's file name.</param>
/// <param name="Path">Where it was found, links followed.</param>
/// <param name="Version">The first line of its --version; empty for a library and for utilities of every system.</param>
/// <param name="Sha256">Of the file.</param>
/// <param name="IsLibrary">Holds code of a compiler.</param>
public sealed record ToolFile(string Name, string Path, string Version, string Sha256, bool IsLibrary = false);
