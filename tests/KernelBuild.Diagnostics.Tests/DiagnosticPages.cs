using System.Text.RegularExpressions;

namespace KernelBuild.Diagnostics.Tests;

public sealed class DiagnosticPages
{
    [Fact]
    public void Every_code_has_a_page_and_every_page_a_code()
    {
        var folder = Repository.PathOf("docs", "codes");
        var pages = Directory.EnumerateFiles(folder, "KB*.md")
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal);
        pages.ShouldBe(DiagnosticCodes.All.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_code_is_raised_somewhere()
    {
        var sources = Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Repository.PathOf("build"), "*.cs", SearchOption.AllDirectories))
            .Where(file => Path.GetFileName(file) != "DiagnosticCodes.cs")
            .Select(File.ReadAllText)
            .ToArray();
        foreach (var field in typeof(DiagnosticCodes).GetFields().Where(field => field.IsLiteral))
        {
            sources.ShouldContain(text => text.Contains("DiagnosticCodes." + field.Name, StringComparison.Ordinal), field.Name);
        }
    }

    /// <summary>By its name or by its number, outside of this project, which speaks of codes as such.</summary>
    [Fact]
    public void Every_code_is_named_by_a_test()
    {
        var own = Repository.PathOf("tests", "KernelBuild.Diagnostics.Tests");
        var sources = Directory.EnumerateFiles(Repository.PathOf("tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.StartsWith(own, StringComparison.Ordinal))
            .Select(File.ReadAllText)
            .ToArray();
        var unnamed = typeof(DiagnosticCodes).GetFields().Where(field => field.IsLiteral)
            .Select(field => (field.Name, Code: (string)field.GetRawConstantValue()!))
            .Where(field => !sources.Any(text => Names(text, field.Name, field.Code)))
            .Select(field => $"{field.Code} {field.Name}");
        unnamed.ShouldBeEmpty();
    }

    private static bool Names(string text, string name, string code) =>
        text.Contains(code, StringComparison.Ordinal) || Regex.IsMatch(text, $@"\bDiagnosticCodes\.{name}\b");
}
