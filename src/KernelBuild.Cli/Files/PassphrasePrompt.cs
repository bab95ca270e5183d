using System.Text;

namespace KernelBuild.Cli.Files;

/// <summary>Asks for a passphrase on the terminal, without showing it.</summary>
internal static class PassphrasePrompt
{
    /// <returns>Null when there is no terminal to ask on, or nothing was entered.</returns>
    public static string? Ask(string path)
    {
        if (Console.IsInputRedirected || Console.IsErrorRedirected)
        {
            return null;
        }

        Console.Error.Write($"passphrase of {path}: ");
        var text = new StringBuilder();
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key != ConsoleKey.Backspace)
            {
                text.Append(key.KeyChar);
            }
            else if (text.Length > 0)
            {
                text.Length--;
            }
        }

        Console.Error.WriteLine();
        return text.Length == 0 ? null : text.ToString();
    }
}
