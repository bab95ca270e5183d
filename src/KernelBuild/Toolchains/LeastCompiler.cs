using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Toolchains;

/// <summary>The oldest clang that a kernel tree accepts, as the tree itself says: scripts/min-tool-version.sh, which kbuild asks, too.</summary>
public static class LeastCompiler
{
    /// <returns>KB4009 when the clang is older; null when it is not, or when the tree has no such script and does not say.</returns>
    public static async Task<Diagnostic?> CheckAsync(string kernelRoot, int clang, CancellationToken cancellationToken)
    {
        var script = Path.Combine(kernelRoot, "scripts", "min-tool-version.sh");
        if (!File.Exists(script))
        {
            return null;
        }

        var ask = new Command("sh") { AnswerCodes = [1] }.WithArguments(script, "llvm").WithEnvironment("SRCARCH", "arm64");
        var least = await ask.ReadAsync(cancellationToken);
        return int.TryParse(least.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) && clang < major
            ? Diagnostic.Warning(
                DiagnosticCodes.CompilerUnsuited,
                string.Create(CultureInfo.InvariantCulture, $"this kernel wants clang {least} or newer, and the project names clang {clang}"),
                "remove <Clang> from the project, or name a newer one")
            : null;
    }
}
