using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Tests;

public sealed class Pages
{
    public static TheoryData<string> Codes() =>
        [.. DiagnosticCodes.All.Where(code => code.StartsWith("KB5", StringComparison.Ordinal)).Order()];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_of_boot_images_is_explained(string code)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "codes", code + ".md"));

        page.ShouldStartWith($"# {code}: ");
        foreach (var section in new[] { "What it means", "Why it happens", "How to fix it", "Example" })
        {
            page.ShouldContain($"\n## {section}\n");
        }
    }
}
