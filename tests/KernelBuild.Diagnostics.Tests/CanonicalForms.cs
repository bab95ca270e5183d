namespace KernelBuild.Diagnostics.Tests;

/// <summary>What a child prints is read back as the record it was.</summary>
public sealed class CanonicalForms
{
    [Theory]
    [InlineData("a.c(7,2): error KB4001: expected ';'", "a.c", 7, 2, "KB4001", "expected ';'")]
    [InlineData("a.c(7): warning KB2012: moved: twice", "a.c", 7, 0, "KB2012", "moved: twice")]
    [InlineData("/x/a (old).patch: note KB2008: found", "/x/a (old).patch", 0, 0, "KB2008", "found")]
    [InlineData("error KB9009: nothing", null, 0, 0, "KB9009", "nothing")]
    [InlineData("C:\\x\\y.proj(1,10): error MSB4025: no project", "C:\\x\\y.proj", 1, 10, "MSB4025", "no project")]
    [InlineData("Program.cs(3,5): error CS1002: ; expected [/x/y.csproj]", "Program.cs", 3, 5, "CS1002", "; expected [/x/y.csproj]")]
    public void A_line_has_place_severity_code_and_message(
        string line, string? file, int number, int column, string code, string message)
    {
        CanonicalForm.TryRead(line, out var finding).ShouldBeTrue();
        (finding!.File, finding.Line, finding.Column, finding.Code, finding.Message).ShouldBe((file, number, column, code, message));
        finding.ToString().ShouldBe(line);
    }

    [Theory]
    [InlineData("compiling 12 objects")]
    [InlineData("a.c:7:2: error: expected ';'")]
    [InlineData("[patch] error KB1001 is what it was about")]
    [InlineData("")]
    public void Other_lines_are_none(string line) => CanonicalForm.TryRead(line, out _).ShouldBeFalse();

    [Fact]
    public void What_stands_below_is_read_too()
    {
        var finding = Diagnostic.Error("KB4001", "expected ';'", "add it\nand run again") with
        {
            File = "a.c", Line = 1, Consequence = "there is no object", Details = ["int a", "     ^", ""],
        };
        CanonicalForm.TryRead(finding.ToString(), out var read).ShouldBeTrue();
        read!.ToString().ShouldBe(finding.ToString());
        (read.Consequence, read.Fix).ShouldBe((finding.Consequence, finding.Fix));
        read.Details.ShouldBe(finding.Details);
    }

    [Fact]
    public void Every_code_has_a_phrase()
    {
        DiagnosticCodes.All.Where(code => CodeText.Of(code) is null or { Length: < 8 }).ShouldBeEmpty();
        CodeText.Of("KB0000").ShouldBeNull();
    }
}
