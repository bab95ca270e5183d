namespace KernelBuild.Cli.CommandLine;

/// <summary>Text from files on its way to the terminal.</summary>
internal static class Printable
{
    /// <summary>Control characters, which could steer the terminal, become replacement characters.</summary>
    public static string Text(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\ufffd' : c)) : text;
}
