using System.Text;
using CsCheck;
using KernelBuild.Diagnostics;
using KernelBuild.Patches.Application;
using KernelBuild.Patches.Diffs;
using KernelBuild.Patches.Mail;
using KernelBuild.Patches.Series;
using KernelBuild.Testing.Patches;

namespace KernelBuild.Patches.Tests;

/// <summary>Bad input to the readers: a finding with file and line, never an exception.</summary>
public sealed class DamagedPatches : IDisposable
{
    private const string Good = """
        From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
        From: =?UTF-8?q?J=C3=B6rg?= <j@example.org>
        Date: Mon, 1 Jun 2026 12:00:00 +0200
        Subject: [PATCH 1/2] pci: change one thing
        Content-Type: text/plain; charset=UTF-8

        From: Real Author <r@example.org>

        Body.
        ---
         a.c | 2 +-

        diff --git a/a.c b/a.c
        index 0123456..789abcd 100644
        --- a/a.c
        +++ b/a.c
        @@ -1,3 +1,3 @@ int main(void)
         one
        -two
        +zwei
         three
        @@ -10,2 +10,3 @@
         ten
        +ten and a half
         eleven
        diff --git a/old b/new
        similarity index 90%
        rename from old
        rename to new
        --
        2.39.5

        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private ParsedPatch Read(string text) => ParsedPatch.Read(new PatchFile("x.patch", _folder.Write("x.patch", text), 1))[0];

    [Fact]
    public void The_patch_that_the_others_are_made_from_is_read()
    {
        var patch = Read(Good);
        patch.Finding.ShouldBeNull();
        patch.Mail.AuthorName.ShouldBe("Real Author");
        patch.Mail.Message.ShouldBe("pci: change one thing\n\nBody.\n");
        patch.Files.Length.ShouldBe(2);
        patch.Files[0].Hunks.Length.ShouldBe(2);
        patch.Files[1].Renames.ShouldBeTrue();
    }

    [Theory]
    [InlineData("@@ -1,3 +1,3 @@", "@@ -1,4 +1,3 @@", 22)]
    [InlineData("@@ -1,3 +1,3 @@", "@@ -1,2 +1,3 @@", 21)]
    [InlineData("@@ -1,3 +1,3 @@", "@@ -1,3 +1;3 @@", 17)]
    [InlineData("-two\n+zwei\n", " two\n", 17)]
    [InlineData("--- a/a.c\n", "--- a/b.c\n", 13)]
    [InlineData("rename from old\n", "rename from old\ndeleted file mode 100644\n", 28)]
    [InlineData("index 0123456..789abcd 100644\n--- a/a.c\n+++ b/a.c\n", "", 14)]
    [InlineData("index 0123456..789abcd 100644", "new file mode 10x644", 14)]
    [InlineData("diff --git a/a.c b/a.c\nindex 0123456..789abcd 100644\n--- a/a.c\n+++ b/a.c\n", "", 13)]
    public void Damage_is_KB2005_with_file_and_line(string found, string put, int line)
    {
        Good.ShouldContain(found);
        var finding = Read(Good.Replace(found, put, StringComparison.Ordinal)).Finding.ShouldNotBeNull();
        finding.Code.ShouldBe("KB2005");
        finding.File.ShouldBe(_folder["x.patch"]);
        finding.Line.ShouldBeInRange(line - 1, line + 1);
    }

    [Fact]
    public void A_name_that_is_not_UTF_8_is_KB2005()
    {
        var bytes = Encoding.Latin1.GetBytes(Good.Replace("a.c", "\u00e4.c", StringComparison.Ordinal));
        DiffReader.Read(bytes, "x.patch", 1, 1, out var finding);
        finding.ShouldNotBeNull().Code.ShouldBe("KB2005");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("\0\0\0")]
    [InlineData("From x Mon Sep 17 00:00:00 2001\n")]
    public void A_file_without_a_patch_is_KB2005(string text) => Read(text).Finding.ShouldNotBeNull().Code.ShouldBe("KB2005");

    [Fact]
    public void A_mail_that_lies_about_its_encoding_is_read_and_said()
    {
        var patch = ParsedPatch.Read(new PatchFile(
            "x.patch",
            _folder.Write("x.patch", Encoding.Latin1.GetBytes(Good.Replace("Body.", "Gr\u00fc\u00dfe", StringComparison.Ordinal))), 1))[0];
        patch.Finding.ShouldBeNull();
        patch.Mail.Message.ShouldContain("Grüße");
        patch.Mail.MisencodedLine.ShouldBe(9);
    }

    [Fact]
    public void Two_hundred_megabytes_are_read_within_a_few_seconds()
    {
        var text = new byte[200 << 20];
        Array.Fill(text, (byte)'x');
        Encoding.ASCII.GetBytes("--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,3 @@\n").CopyTo(text.AsSpan());
        for (var at = 200; at < text.Length; at += 80)
        {
            text[at] = (byte)'\n';
        }

        var path = _folder.Write("large.patch", text);
        ParsedPatch.Read(new PatchFile("large.patch", path, 1))[0].Finding.ShouldNotBeNull().Line.ShouldBe(4);
    }

    /// <summary>The bounded part of the mutation run of the benchmarks: 20,000 inputs.</summary>
    [Fact]
    public void Mutated_patches_give_findings_and_nothing_else()
    {
        var edit = Gen.Select(
            Gen.Int[0, 5], Gen.Int[0, 4095], Gen.Int[0, 59], Gen.Byte, (kind, at, length, value) => new PatchEdit(kind, at, length, value));
        Gen.Select(Gen.Int[0, PatchBytes.Seeds.Count - 1], edit.Array[1, 4]).Sample(
            (seed, edits) =>
            {
                foreach (var mail in MailReader.Read(PatchBytes.Mutate(PatchBytes.Seeds[seed], edits)))
                {
                    var files = DiffReader.Read(mail.Diff, "x", mail.DiffNumber, null, out var finding);
                    (finding is null || files.IsEmpty).ShouldBeTrue();
                }
            },
            iter: 20_000);
    }
}
