using System.Text.Json;

namespace KernelBuild.Testing;

/// <summary>Microsoft's validator of SARIF: the schema, the rules of the standard that no schema says, and what GitHub asks for.</summary>
public static class SarifValidator
{
    public const string Package = "npm:@microsoft/sarif-multitool-linux";

    /// <summary>The rules that a log breaks as errors, each once; empty for a good one.</summary>
    public static string[] Errors(string file)
    {
        var answer = file + ".validation";
        var (_, output, errors) = Oracle.Try(
            Path.GetDirectoryName(file)!,
            CiPrograms.PathOf("@microsoft/sarif-multitool-linux/Sarif.Multitool"),
            "validate", Path.GetFileName(file), "-o", answer, "--log", "ForceOverwrite", "--rule-kind", "Sarif;Gh", "--level", "Error");
        output.ShouldContain("Done. 1 files scanned.", customMessage: errors);
        using var document = JsonDocument.Parse(File.ReadAllBytes(answer));
        var run = document.RootElement.GetProperty("runs")[0];
        return run.TryGetProperty("results", out var results)
            ? [.. results.EnumerateArray().Select(result => result.GetProperty("ruleId").GetString()!).Distinct()]
            : [];
    }
}
