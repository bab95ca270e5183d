using System.Collections.Immutable;
using KernelBuild.Caching;
using KernelBuild.Farm;

namespace KernelBuild.Compile;

/// <summary>What compilation left; absolute paths.</summary>
/// <param name="Image">The uncompressed arm64 Image.</param>
/// <param name="BootKernel">What goes into boot.img: Image or Image.gz.</param>
/// <param name="DeviceTrees">Flattened device trees with every overlay applied.</param>
/// <param name="Overlays">The overlays as compiled.</param>
/// <param name="Objects">Objects that a build from nothing compiles, as far as is known.</param>
/// <param name="CommandLine">The make command.</param>
/// <param name="Stamps">Of all these files: whoever touches one makes the stage run again.</param>
public sealed record CompiledKernel(
    string Image,
    string BootKernel,
    string SystemMap,
    string Config,
    string Vmlinux,
    ImmutableArray<string> DeviceTrees,
    ImmutableArray<string> Overlays,
    int Objects,
    string CommandLine,
    string Stamps = "")
{
    /// <summary>Warnings of the compiler in the run of make that made it; null in a record of before they were kept.</summary>
    public int? Warnings { get; init; }

    /// <summary>The overlays of dtbo.img, in the order of its table.</summary>
    public ImmutableArray<CompiledDtboEntry> DtboEntries { get; init; } = [];

    /// <summary>Folder that holds lib/modules/RELEASE; null when modules are not built.</summary>
    public string? ModulesRoot { get; init; }

    /// <summary>What the compiler cache did for the compilation that made it; null without one.</summary>
    public CompilerCacheReport? CompilerCache { get; init; }

    /// <summary>Where the calls of the compiler ran; null without a build farm.</summary>
    public FarmReport? Farm { get; init; }

    /// <summary>Every file of the installed modules, below <see cref="ModulesRoot"/>, sorted.</summary>
    public ImmutableArray<string> Modules { get; init; } = [];
}

/// <summary>A compiled overlay for dtbo.img.</summary>
/// <param name="File">Absolute.</param>
/// <param name="Id">Of the table's entry.</param>
/// <param name="Revision">Of the table's entry.</param>
/// <param name="Custom">The entry's four further words.</param>
public sealed record CompiledDtboEntry(string File, uint Id, uint Revision, ImmutableArray<uint> Custom);
