using KernelBuild.Diagnostics;

namespace KernelBuild.Tests;

public sealed class DiagnosticPages
{
    [Fact]
    public void Every_code_has_a_page_and_every_page_a_code()
    {
        var folder = Path.Combine(Checkout(), "docs", "codes");
        var pages = Directory.EnumerateFiles(folder, "KB*.md").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);
        pages.ShouldBe(DiagnosticCodes.All.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_code_is_raised_somewhere()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Checkout(), "src"), "*.cs", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(Checkout(), "build"), "*.cs", SearchOption.AllDirectories))
            .Where(file => Path.GetFileName(file) != "DiagnosticCodes.cs")
            .Select(File.ReadAllText)
            .ToArray();
        foreach (var field in typeof(DiagnosticCodes).GetFields().Where(field => field.IsLiteral))
        {
            sources.ShouldContain(text => text.Contains("DiagnosticCodes." + field.Name, StringComparison.Ordinal), field.Name);
        }
    }

    private static string Checkout()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "KernelBuild.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
