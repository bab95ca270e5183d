using KernelBuild.Diagnostics;

namespace KernelBuild.Farm;

/// <summary>What a build is told of its farm. None of it is an error: this machine can compile everything.</summary>
internal static class FarmDiagnostics
{
    public static Diagnostic Unusable(object farm, string why, string fix = "the build goes on with this machine alone; ask whoever keeps the farm") =>
        Diagnostic.Warning(DiagnosticCodes.BuildFarmUnusable, $"the build farm {farm} {why}", fix);
}
