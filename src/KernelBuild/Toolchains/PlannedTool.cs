using System.Collections.Immutable;

namespace KernelBuild.Toolchains;

/// <summary>A program that a build may call.</summary>
/// <param name="Name">As the build calls it, and as its link is named in the folder that is the build's whole PATH.</param>
/// <param name="Candidates">What the program may be called where it is installed, the first one found is taken.</param>
/// <param name="Package">Debian's package that has it.</param>
/// <param name="Kind">Where it is looked for, and how it is described.</param>
public sealed record PlannedTool(string Name, ImmutableArray<string> Candidates, string Package, ToolKind Kind);

/// <summary>Where a program of the toolchain is looked for.</summary>
public enum ToolKind
{
    /// <summary>Makes the machine code: in the toolchain's folder if the project names one, else on PATH; with its libraries.</summary>
    Compiler,

    /// <summary>Called by kbuild, and known for changes between its versions: in the system's folders, then on PATH.</summary>
    BuildTool,

    /// <summary>Of every Unix system: in the system's folders, then on PATH.</summary>
    Utility,
}
