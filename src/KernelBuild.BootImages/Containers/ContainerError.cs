using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Containers;

/// <summary>What is wrong with a file that holds images.</summary>
internal static class ContainerError
{
    /// <summary>KB5041.</summary>
    public static DiagnosticException Of(string message, string fix, long? offset = null) =>
        new(Diagnostic.Error(DiagnosticCodes.ContainerInvalid, message, fix) with { Offset = offset });
}
