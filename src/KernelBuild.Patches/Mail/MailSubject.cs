namespace KernelBuild.Patches.Mail;

/// <summary>Takes away what mail puts before a subject: "Re:", "[PATCH v2 1/7]", blanks and colons.</summary>
internal static class MailSubject
{
    public static string Clean(string subject)
    {
        var rest = subject;
        while (rest.Length > 0)
        {
            if (rest.StartsWith("re:", StringComparison.OrdinalIgnoreCase))
            {
                rest = rest[3..];
            }
            else if (rest[0] is ' ' or '\t' or ':')
            {
                rest = rest[1..];
            }
            else if (rest[0] == '[' && rest.IndexOf(']', StringComparison.Ordinal) is var end and > 0)
            {
                rest = rest[(end + 1)..];
            }
            else
            {
                break;
            }
        }

        return MailHeader.CollapseBlanks(rest);
    }
}
