using System.Text.Json;

namespace KernelBuild.Diagnostics.Tests;

/// <summary>One record, and the forms it is shown and kept in.</summary>
public sealed class DiagnosticTexts
{
    private static readonly Diagnostic _full = new(DiagnosticCodes.CompilerError, DiagnosticSeverity.Error, "expected ';'")
    {
        File = "drivers/a.c",
        Line = 12,
        Column = 3,
        Offset = 0x1f0,
        Found = "}",
        Expected = ";",
        Consequence = "there is no object",
        Fix = "add it\nand run again",
        Details = ["int a", "     ^"],
    };

    [Fact]
    public void The_whole_of_it_is_MSBuilds_canonical_form_with_what_follows_below() => _full.ToString().ShouldBe(
        "drivers/a.c(12,3): error KB4001: expected ';' (at byte 0x1f0)\n  then: there is no object\n  fix: add it\n       and run again\n  "
        + "| int a\n  |      ^");

    [Theory]
    [InlineData(DiagnosticSeverity.Error, "error")]
    [InlineData(DiagnosticSeverity.Warning, "warning")]
    [InlineData(DiagnosticSeverity.Note, "note")]
    public void A_severity_is_a_word(DiagnosticSeverity severity, string word) =>
        new Diagnostic("KB1001", severity, "what was found").ToString().ShouldBe(word + " KB1001: what was found");

    [Theory]
    [InlineData(0, 0, "a.c: ")]
    [InlineData(7, 0, "a.c(7): ")]
    [InlineData(7, 2, "a.c(7,2): ")]
    [InlineData(0, 2, "a.c: ")]
    public void A_place_is_as_exact_as_it_is_known(int line, int column, string place) =>
        (Diagnostic.Warning("KB1001", "x") with { File = "a.c", Line = line, Column = column })
            .ToString()
            .ShouldBe(place + "warning KB1001: x");

    [Fact]
    public void JSON_brings_back_every_member()
    {
        var json = JsonSerializer.Serialize(_full);
        var again = JsonSerializer.Deserialize<Diagnostic>(json)!;
        (again with { Details = _full.Details }).ShouldBe(_full);
        again.Details.ShouldBe(_full.Details);
        JsonSerializer.Serialize(again).ShouldBe(json);
    }

    [Fact]
    public void An_exception_says_all_of_its_findings()
    {
        var exception = new DiagnosticException(Diagnostic.Error("KB1001", "one"), Diagnostic.Error("KB1002", "two", "mend it"));
        exception.Message.ShouldBe("error KB1001: one\nerror KB1002: two\n  fix: mend it");
        exception.Diagnostics.Select(finding => finding.Code).ShouldBe(["KB1001", "KB1002"]);
    }
}
