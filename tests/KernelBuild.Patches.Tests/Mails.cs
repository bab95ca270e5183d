using System.Text;
using KernelBuild.Patches.Mail;

namespace KernelBuild.Patches.Tests;

/// <summary>Mails as they come, taken apart by us and by git mailinfo.</summary>
public sealed class Mails : IDisposable
{
    private const string Diff = "---\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Texts => new(
        "From: Simple Name <s@example.org>\nDate: Mon, 1 Jun 2026 12:00:00 +0000\nSubject: [PATCH] pci: x\n\nBody\n",
        "From: s@example.org (In Brackets)\nSubject: Re: [PATCH v2 1/7]  two   blanks\n\nBody\n\n\n\nmore  \n",
        "From: \"Last, First\" <s@example.org>\nSubject: [a][b] c [d]\n\nBody\n",
        "From: =?iso-8859-1?Q?J=F6rg_M=FCller?= <s@example.org>\nSubject: =?UTF-8?B?w6TDtsO8?= and =?utf-8?q?m=C3=B6re?=\n "
        + "=?utf-8?q?_here?=\n\nBody\n",
        "From: X <s@example.org>\nSubject: [PATCH] folded\n over lines\n\tand tabs\n\nBody\n",
        "From: Sender <s@example.org>\nSubject: [PATCH] in body\n\nFrom: Real Author <r@example.org>\nDate: Tue, 2 Jun 2026 12:00:00 "
        + "+0000\n\nBody\nFrom: not a field\n",
        "From: Sender <s@example.org>\nSubject: sent\n\n\nSubject: meant\n and folded\n\nBody\n",
        "From: Plain UTF-8 Größe <s@example.org>\nSubject: größer\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: "
        + "8bit\n\nGrüße\n",
        "From: Q P <s@example.org>\nSubject: qp\nContent-Type: text/plain; charset=\"utf-8\"\nContent-Transfer-Encoding: "
        + "quoted-printable\n\nGr=C3=BC=C3=9Fe, soft=\n break\n",
        "From: P S <s@example.org>\nSubject: sets\nContent-Type: multipart/mixed;\n boundary=\"a part\"\n\n--a part\nContent-Type: "
        + "text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe\n--a part\nContent-Type: text/x-patch; "
        + "charset*=us-ascii'en'utf-8\n\nmehr Grüße\n",
        "From: F S <s@example.org>\nSubject: stuffed\nContent-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\nA soft \nbreak, "
        + "and\n  a stuffed line\n",
        "From: N B <s@example.org>\nSubject: Bug\u00a0 1\nDate: Mon, 1 Jun 2026 12:00:00 +0000\t[thread overview]\n\nBody\n",
        "\n \t\tno field, and an indent\n\n\tBody\n",
        "From: a@b\nSubject: no name\n\nBody\n",
        "From: S <s@example.org>\nSubject: two in the body\n\nFrom: Real <r@example.org>\nFrom: Second <z@example.org>\n\nBody\n",
        "From: S <s@example.org>\nSubject: a line of the message\n\n>From here on\n\nBody\n",
        "From: S <s@example.org>\nSubject: a quoted separator\n\n>From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: Real <r@example.org>\n\nBody\n",
        "From: S <s@example.org>\nSubject: no separator\n\n>From 01234567 Mon Sep 17 00:00:00 2001\nFrom: Real <r@example.org>\n\nBody\n",
        "From: S <s@example.org>\nSubject: outer\n\n[PATCH] inner\n\nFrom: Real <r@example.org>\n\nBody\n",
        "From: S <s@example.org>\nSubject: outer\n\n[PATCH] inner\n and no fold\n\nBody\n",
        "From: S <s@example.org>\nSubject: outer\n\nSubject: first\n[PATCH] second\nDate: Tue, 2 Jun 2026 12:00:00 +0000\n\nBody\n",
        "From: S <s@example.org>\nSubject: blanks\n\nFrom: Real <r@example.org>\n \nDate: Tue, 2 Jun 2026 12:00:00 +0000\n\nBody\n",
        "From: S <s@example.org>\nSubject: blanks\n\n  \nFrom: Real <r@example.org>\n\nBody\n",
        "From: X Y <s@example.org> (comment)\nSubject: [PATCH] : colon\n\n  leading blanks\nBody\n");

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_mail_is_taken_apart_as_git_mailinfo_does(string text)
    {
        var quoted = text.Contains("quoted-printable", StringComparison.Ordinal);
        var inParts = text.Contains("--a part", StringComparison.Ordinal);
        var mail = text + (quoted && !inParts ? Diff.Replace("=", "=3D", StringComparison.Ordinal) : Diff)
            + (inParts ? "--a part--\n" : "");
        var file = _folder.Write("mail", mail);
        var output = Oracle.Text(_folder.Path, "sh", "-c", $"git mailinfo message patch < {file}");
        var ours = MailReader.Read(Encoding.UTF8.GetBytes(mail)).ShouldHaveSingleItem();
        string Theirs(string name) =>
            string
                .Join(
                    ' ',
                    output
                        .Split('\n')
                        .Where(line => line.StartsWith(name + ": ", StringComparison.Ordinal))
                        .Select(line => line[(name.Length + 2)..]))
                .TrimEnd();

        ours.AuthorName.ShouldBe(Theirs("Author"));
        ours.AuthorEmail.ShouldBe(Theirs("Email"));
        ours.Subject.ShouldBe(Theirs("Subject"));
        ours.Date.ShouldBe(Theirs("Date"));
        var message = Oracle.Text(
            _folder.Path, "sh", "-c", "(git mailinfo message patch < mail | sed -n 's/^Subject: //p'; echo; cat message) | git stripspace");
        ours.Message.TrimEnd('\n').ShouldBe(message);
        // git leaves two line breaks before a boundary
        Encoding.UTF8.GetString(ours.Diff.Span).TrimEnd('\n').ShouldBe(File.ReadAllText(_folder["patch"]).TrimEnd('\n'));
    }

    [Fact]
    public void A_mailbox_is_cut_as_git_mailsplit_does()
    {
        var mail =
            "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: X Y <s@example.org>\nSubject: one\n\nFrom here "
            + "on it goes.\n" + Diff + "\n";
        var mailbox = _folder.Write(
            "box", mail + mail.Replace("one", "two", StringComparison.Ordinal) + mail.Replace("one", "three", StringComparison.Ordinal));
        Oracle.Text(_folder.Path, "git", "mailsplit", "-o" + _folder.Folder("split"), mailbox).ShouldBe("3");
        MailReader.Read(File.ReadAllBytes(mailbox)).Select(one => one.Subject).ShouldBe(["one", "two", "three"]);
    }

    [Fact]
    public void A_mail_with_the_line_breaks_of_the_wire_is_as_one_without()
    {
        var mail = "From: X Y <s@example.org>\nSubject: one\n\nBody\n" + Diff;
        var wire = MailReader.Read(Encoding.UTF8.GetBytes(mail.Replace("\n", "\r\n", StringComparison.Ordinal)))[0];
        Encoding.UTF8.GetString(wire.Diff.Span).ShouldBe(Diff);
        wire.Message.ShouldBe("one\n\nBody\n");
    }

    [Theory]
    [InlineData("Mon, 1 Jun 2026 12:00:00 +0200")]
    [InlineData("1 Jun 2026 12:00:00 -0730")]
    [InlineData("Fri, 31 May 2013 19:12:12 +0000 (+0100)")]
    [InlineData("Thu, 07 Apr 2005 22:13:13 +0200 (CEST)")]
    [InlineData("2026-06-01 12:00:00 +0100")]
    [InlineData("2026-06-01T12:00:00Z")]
    [InlineData("2026-06-01T12:00:00+02:00")]
    [InlineData("Mon Jun 1 12:00:00 2026 +0200")]
    [InlineData("@1780300800 +0200")]
    [InlineData("Sat, 29 Feb 2020 23:59:59 EST")]
    public void A_date_is_read_as_git_reads_it(string text)
    {
        var repository = _folder.Folder("dates");
        Oracle.Git(repository, "init", "-q");
        var commit = Oracle.Text(
            repository, "sh", "-c", $"GIT_AUTHOR_DATE='{text}' git commit-tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904 -m x");
        MailDate.TryParse(text, out var ours).ShouldBeTrue();
        ours.ToString().ShouldBe(Oracle.Git(repository, "show", "-s", "--format=%ad", "--date=raw", commit));
    }

    [Theory]
    [InlineData("sometime")]
    [InlineData("")]
    [InlineData("32 Jun 2026 12:00:00 +0000")]
    [InlineData("Mon, 1 Jun 2026")]
    public void What_is_no_date_is_refused(string text) => MailDate.TryParse(text, out _).ShouldBeFalse();
}
