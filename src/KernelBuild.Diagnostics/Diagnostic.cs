using System.Globalization;
using System.Text;

namespace KernelBuild.Diagnostics;

/// <summary>
/// A finding about something the user gave us: an error of theirs, of their files or of their machine. The same record
/// becomes an MSBuild error, an element of JSON output and a line in the terminal.
/// </summary>
/// <param name="Code">"KB" and four digits, from the one table <see cref="DiagnosticCodes"/>; explained in docs/codes/.</param>
/// <param name="Severity">Whether the work can go on.</param>
/// <param name="Message">What was found, and what was expected instead; one sentence, no line break.</param>
public sealed record Diagnostic(string Code, DiagnosticSeverity Severity, string Message)
{
    /// <summary>The file the finding is in, as the user would name it; null when it is about no file.</summary>
    public string? File { get; init; }

    /// <summary>Line in <see cref="File"/>, counted from 1; 0 when unknown or when the file is not text.</summary>
    public int Line { get; init; }

    /// <summary>Column in <see cref="Line"/>, counted from 1; 0 when unknown.</summary>
    public int Column { get; init; }

    /// <summary>Byte offset in <see cref="File"/> for binary formats; null for text.</summary>
    public long? Offset { get; init; }

    /// <summary>What stands there, where that is a value; null when the message says it all.</summary>
    public string? Found { get; init; }

    /// <summary>What ought to stand there; null when the message says it all.</summary>
    public string? Expected { get; init; }

    /// <summary>What follows from it, such as what the bootloader will do; empty where nothing needs saying.</summary>
    public string Consequence { get; init; } = "";

    /// <summary>How to fix it: a command to run or a change to make. Empty only where the message says it all.</summary>
    public string Fix { get; init; } = "";

    /// <summary>Lines of evidence to show below the message, such as the end of a tool's output.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    public static Diagnostic Error(string code, string message, string fix = "") =>
        new(code, DiagnosticSeverity.Error, message) { Fix = fix };

    public static Diagnostic Warning(string code, string message, string fix = "") =>
        new(code, DiagnosticSeverity.Warning, message) { Fix = fix };

    public static Diagnostic Note(string code, string message) => new(code, DiagnosticSeverity.Note, message);

    /// <summary>
    /// The finding in MSBuild's canonical form, <c>file(line,column): error KBnnnn: message</c>, followed by the fix and the details.
    /// </summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (File is not null)
        {
            text.Append(File);
            if (Line > 0)
            {
                text.Append(
                    CultureInfo.InvariantCulture, $"({Line}{(Column > 0 ? "," + Column.ToString(CultureInfo.InvariantCulture) : "")})");
            }

            text.Append(": ");
        }

        text.Append(Severity switch
        {
            DiagnosticSeverity.Error => "error ",
            DiagnosticSeverity.Warning => "warning ",
            _ => "note ",
        }).Append(Code).Append(": ").Append(FullMessage);
        return text.ToString();
    }

    /// <summary>Message, byte offset, consequence, fix and details, as shown after the code.</summary>
    public string FullMessage
    {
        get
        {
            var text = new StringBuilder(Message);
            if (Offset is { } offset)
            {
                text.Append(CultureInfo.InvariantCulture, $" (at byte 0x{offset:x})");
            }

            if (Consequence.Length > 0)
            {
                text.Append("\n  then: ").Append(Consequence);
            }

            if (Fix.Length > 0)
            {
                text.Append("\n  fix: ").Append(Fix.Replace("\n", "\n       ", StringComparison.Ordinal));
            }

            foreach (var detail in Details)
            {
                text.Append("\n  | ").Append(detail);
            }

            return text.ToString();
        }
    }
}
