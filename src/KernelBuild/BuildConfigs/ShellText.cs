namespace KernelBuild.BuildConfigs;

/// <summary>Text for bash.</summary>
internal static class ShellText
{
    /// <summary>One word that bash takes as it is.</summary>
    public static string Quote(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    public static string Quote(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));
}
