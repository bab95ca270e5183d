using System.Collections.Immutable;

namespace KernelBuild.Device;

/// <summary>What a device project says of its toolchain.</summary>
public sealed record ToolchainRequest
{
    /// <summary>clang, or gcc for trees that never met clang.</summary>
    public string Compiler { get; init; } = "clang";

    /// <summary>Major version of clang, lld and the llvm tools; null to choose by the kernel's version.</summary>
    public int? Clang { get; init; }

    /// <summary>clang's own assembler (LLVM_IAS=1) or that of GNU binutils; null to choose by the kernel's version.</summary>
    public bool? IntegratedAssembler { get; init; }

    /// <summary>Folders to look for compilers in before PATH, separated by colons; each with or without bin/.</summary>
    public string? Folder { get; init; }

    /// <summary>Further programs that the build may call.</summary>
    public ImmutableArray<string> Programs { get; init; } = [];
}
