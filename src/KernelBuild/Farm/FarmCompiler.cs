using System.Collections.Immutable;

namespace KernelBuild.Farm;

/// <summary>The compiler that a farm is to run, as the toolchain has it.</summary>
/// <param name="Name">As hosts call it: clang-19.</param>
/// <param name="Path">Of the program itself, links followed.</param>
/// <param name="Target">As clang's -target takes it; null for a gcc, which has one target.</param>
/// <param name="Digest">SHA-256 over the compiler and its libraries.</param>
/// <param name="Files">SHA-256 of the program and of everything that it is made of, by path.</param>
public sealed record FarmCompiler(string Name, string Path, string? Target, string Digest, ImmutableSortedDictionary<string, string> Files)
{
    public bool IsClang => Target is not null;
}
