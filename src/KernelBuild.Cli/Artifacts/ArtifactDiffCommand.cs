using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;
using KernelBuild.Reproducibility;

namespace KernelBuild.Cli.Artifacts;

/// <summary><c>kernelbuild artifact diff A B</c>.</summary>
internal static class ArtifactDiffCommand
{
    public static Command Create()
    {
        var one = Arguments.File("A", "The artifacts of a build, with their manifest");
        var other = Arguments.File("B", "Those of another build");
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(
            "diff",
            "Compares the products of two builds: ELF sections, the parts of Image, regions of boot.img, entries of ramdisks, and names where each "
            + "difference comes from. Exit code 1 when something differs.\n\n"
            + "Examples:\n"
            + "  kernelbuild artifact diff artifacts/virt /elsewhere/artifacts/virt\n"
            + "  kernelbuild artifact diff --json yesterday/virt artifacts/virt")
        {
            one, other, json,
        };
        command.OnRun((result, output, _) =>
        {
            var differences = new ArtifactDiff(result.GetValue(one)!, result.GetValue(other)!).Run();
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output, new ArtifactDiffReport(result.GetValue(one)!, result.GetValue(other)!, differences.IsEmpty, differences),
                    ArtifactJson.Default.ArtifactDiffReport);
                return differences.IsEmpty ? ExitCode.Done : ExitCode.Findings;
            }

            foreach (var file in differences.GroupBy(difference => difference.File, StringComparer.Ordinal))
            {
                output.WriteLine(Printable.Text(file.Key));
                foreach (var difference in file)
                {
                    output.WriteLine(Printable.Text($"  {difference.Part}: {difference.Cause}"));
                    if (difference.Detail.Length > 0)
                    {
                        output.WriteLine(Printable.Text("    | " + difference.Detail));
                    }
                }
            }

            output.WriteLine(differences.IsEmpty
                ? "every product is the same"
                : $"{Counted.Of(differences.Select(difference => difference.File).Distinct().Count(), "product")} with differences");
            return differences.IsEmpty ? ExitCode.Done : ExitCode.Findings;
        });
        return command;
    }
}

/// <summary>The JSON document of <c>artifact diff --json</c>.</summary>
/// <param name="Same">Every product is the same.</param>
internal sealed record ArtifactDiffReport(string A, string B, bool Same, IReadOnlyList<Difference> Differences) : JsonReport;
