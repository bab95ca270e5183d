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

    /// <summary>Line in the file (in the decoded mail, where it was encoded) on which <see cref="Diff"/> begins, counted from 1.</summary>
    public int DiffNumber { get; init; } = 1;

    /// <summary>Line in the file on which the mail begins, counted from 1.</summary>
    public int Number { get; init; } = 1;

    /// <summary>
    /// First line of the message whose bytes are not in the stated character set, counted from 1; it is read as Latin-1. 0 when there is
    /// none.
    /// </summary>
    public int MisencodedLine { get; init; }
}
