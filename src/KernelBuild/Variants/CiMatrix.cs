using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;

namespace KernelBuild.Variants;

/// <summary>
/// The cells that a store lacks, for jobs of a CI service: matrix.json for GitHub's <c>fromJSON</c>, child-pipeline.yml for GitLab. Each
/// job runs Matrix for its own cell, over the store that all share; Matrix over all cells in a last job then makes the report.
/// </summary>
public static class CiMatrix
{
    /// <param name="cells">What is to be built.</param>
    /// <returns>The two files.</returns>
    public static IReadOnlyList<string> Write(IReadOnlyList<PlannedCell> cells, VariantPlan plan, string rootFolder, string folder)
    {
        Directory.CreateDirectory(folder);
        var (github, gitlab) = (Path.Combine(folder, "matrix.json"), Path.Combine(folder, "child-pipeline.yml"));
        AtomicFile.Write(github, GitHub(cells, plan, rootFolder) + "\n");
        AtomicFile.Write(gitlab, GitLab(cells, plan, rootFolder));
        return [github, gitlab];
    }

    /// <summary>A value of <c>strategy.matrix</c>, in one line as a step's output has to be.</summary>
    public static string GitHub(IReadOnlyList<PlannedCell> cells, VariantPlan plan, string rootFolder) => new JsonObject
    {
        ["include"] = new JsonArray([.. cells.Select(cell => (JsonNode)new JsonObject
        {
            ["cell"] = cell.Cell.Name,
            ["key"] = cell.Key,
            ["arguments"] = Arguments(cell.Cell, plan, rootFolder),
        })]),
    }.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>GitLab takes no pipeline without a job: when nothing is to be built, one says so.</summary>
    private static string GitLab(IReadOnlyList<PlannedCell> cells, VariantPlan plan, string rootFolder)
    {
        var text = new StringBuilder();
        foreach (var cell in cells)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                "cell:{cell.Cell.Name}":
                  script:
                    - ./nuke.sh {Arguments(cell.Cell, plan, rootFolder)}
                  artifacts:
                    when: always
                    paths:
                      - artifacts/matrix/
                    reports:
                      junit: artifacts/matrix/report.junit.xml


                """);
        }

        return text.Length > 0 ? text.ToString() : "nothing-to-build:\n  script:\n    - echo every cell is in the store\n";
    }

    private static string Arguments(VariantCell cell, VariantPlan plan, string rootFolder)
    {
        var words = new List<string> { "Matrix", "--devices", cell.Device };
        void Add(string option, string? path)
        {
            if (path is not null)
            {
                words.AddRange([option, path == VariantCell.None ? path : Path.GetRelativePath(rootFolder, path)]);
            }
        }

        Add("--series", cell.Series);
        Add("--configs", cell.Config);
        if (plan.Boot)
        {
            words.Add("--boot");
        }

        // an address with a login comes from the service's secrets, in the variable STORE
        if (plan.Store is { } store && SourceAddress.Redacted(store) == store)
        {
            words.AddRange(["--store", store]);
        }

        return string.Join(' ', words.Select(Quoted));
    }

    private static string Quoted(string word) =>
        word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:+,=".Contains(c, StringComparison.Ordinal))
        ? word
        : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
