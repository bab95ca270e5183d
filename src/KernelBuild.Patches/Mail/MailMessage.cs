using System.Collections.Immutable;

namespace KernelBuild.Patches.Mail;

/// <summary>A patch in mail form, taken apart as git am does.</summary>
public sealed record MailMessage
{
    /// <summary>Empty when no header names the author.</summary>
    public string AuthorName { get; init; } = "";

    public string AuthorEmail { get; init; } = "";

    /// <summary>As the mail writes it; empty when there is none.</summary>
    public string Date { get; init; } = "";

    /// <summary>Without "[PATCH 1/2]" and "Re:"; empty when there is none.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Subject and body as the commit's message: no blanks at line ends, no two empty lines, one line break at the end.</summary>
    public string Message { get; init; } = "";

    /// <summary>What follows the message: "---", the diffstat, the diff.</summary>
    public ReadOnlyMemory<byte> Diff { get; init; }

    /// <summary>The same with the carriage returns of a mail whose every line ends in CR LF; empty for other mails.</summary>
    public ReadOnlyMemory<byte> DiffWithReturns { get; init; }

    /// <summary>The subject as it was sent, with "[PATCH v2 1/7]" and "Re:".</summary>
    public string SentSubject { get; init; } = "";

    /// <summary>Message-ID without its brackets; empty when there is none.</summary>
    public string Id { get; init; } = "";

    /// <summary>The ids of the mails that this one answers, the nearest first: In-Reply-To, then References from the end.</summary>
    public ImmutableArray<string> Answers { get; init; } = [];

    /// <summary>Text above "---" or the diff, without the header, the lines of a diff among it too.</summary>
    public string Body { get; init; } = "";

    /// <summary>The text was flowed (RFC 3676), and was joined as git does.</summary>
    public bool IsFlowed { get; init; }

    /// <summary>Line in the file (in the decoded mail, where it was encoded) on which <see cref="Diff"/> begins, counted from 1.</summary>
    public int DiffNumber { get; init; } = 1;

    /// <summary>Line in the file on which the mail begins, counted from 1.</summary>
    public int Number { get; init; } = 1;

    /// <summary>
    /// First line of the message whose bytes are not in the stated character set, counted from 1; it is read as UTF-8 where it is that, else as
    /// Latin-1. 0 when there is none.
    /// </summary>
    public int MisencodedLine { get; init; }
}
