using System.Text.Json;
using Json.Schema;

namespace KernelBuild.Cli.Tests;

/// <summary>What every document of <c>--json</c> has: its version first, its findings. The order is no matter of a schema.</summary>
internal static class Envelope
{
    private static readonly JsonSchema Schema = JsonSchema.FromFile(Repository.PathOf("tests", "data", "schemas", "envelope-1.json"));

    /// <summary>Commands whose documents are older than the envelope and keep the form that is documented.</summary>
    private static readonly string[] Older = ["boot regions", "patches check", "source iommu"];

    public static void Check(string[] arguments, string document)
    {
        if (Older.Contains(string.Join(' ', arguments.Take(2))))
        {
            return;
        }

        using var json = JsonDocument.Parse(document);
        var result = Schema.Evaluate(json.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        string
            .Join(
                '\n',
                (result.Details ?? []).SelectMany(detail => (detail.Errors ?? new Dictionary<string, string>()).Select(error =>
                    $"{detail.InstanceLocation}: {error.Value}")))
            .ShouldBe("", document);
        result.IsValid.ShouldBeTrue();
        json.RootElement.EnumerateObject().First().Name.ShouldBe("formatVersion");
    }
}
