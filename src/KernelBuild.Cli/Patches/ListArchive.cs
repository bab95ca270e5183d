using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Cli.Patches;

/// <summary>
/// A thread of a mailing list, fetched by b4 from the archive that its configuration names (lore.kernel.org by default). Which mails of it
/// are the series is read as of any other thread.
/// </summary>
internal static partial class ListArchive
{
    /// <summary>Whether what is to be imported is a message ID or the address of a mail, and no file.</summary>
    public static bool IsMessage(string from) => !Path.Exists(from) && (MessageId().IsMatch(from) || MailAddress().IsMatch(from));

    /// <param name="message">A message ID, with its brackets or without, or a URL that has one.</param>
    /// <param name="folder">Room for the mailbox.</param>
    /// <returns>The mailbox.</returns>
    /// <exception cref="DiagnosticException">KB4004 without b4, KB2018 when the archive does not have it.</exception>
    public static async Task<string> FetchAsync(string message, string folder, CancellationToken cancellationToken)
    {
        if (ProgramPath.Find("b4") is null)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ToolMissing, $"'{message}' is a mail of a list, and the program b4, which fetches threads, is not on this host",
                "apt-get install b4; or save the thread from the list's archive ('mbox.gz' on lore.kernel.org), and name that file"));
        }

        const string Name = "thread.mbox";
        var said = new List<string>();
        // b4 reads the user's settings of git, proxies and the like
        var result = await (Command.WithFullEnvironment("b4").WithArguments("mbox", "-o", folder, "-n", Name, "--", message) with
        {
            AnswerCodes = [1],
            OnError = said.Add,
        }).RunAsync(cancellationToken);
        var mailbox = Path.Combine(folder, Name);
        return result.ExitCode == 0 && File.Exists(mailbox) ? mailbox : throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.PatchThread, $"b4 brought no thread for '{message}'",
            "check the message ID: it is the mail's header Message-ID; an archive other than lore.kernel.org is named by git config b4.midmask") with
        { Details = [.. said, .. result.Output] });
    }

    [GeneratedRegex(@"^<?[^\s/<>@]+@[^\s/<>@]+>?$")]
    private static partial Regex MessageId();

    [GeneratedRegex(@"^https?://[^\s/]+/.*[^\s/<>@]+(@|%40)[^\s/<>@]+")]
    private static partial Regex MailAddress();
}
