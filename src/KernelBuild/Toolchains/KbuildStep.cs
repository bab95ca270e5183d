namespace KernelBuild.Toolchains;

/// <summary>kbuild's short lines: two blanks, a word in capitals, a file.</summary>
/// <remarks>Source: the kernel's scripts/Makefile.build and Kbuild.include, quiet_cmd_….</remarks>
internal static class KbuildStep
{
    /// <summary>CC and init/main.o of "  CC      init/main.o"; a [M] behind the word is left out.</summary>
    /// <returns>False when the line says something else.</returns>
    public static bool TryRead(string line, out (string Word, string File) step)
    {
        var words = line.StartsWith("  ", StringComparison.Ordinal) ? line.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        step = words.Length < 2 ? default : (words[0], words[^1]);
        return words.Length >= 2 && words[0].All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c is '_' or '-');
    }

    /// <summary>What says only how far make is: of no use below an error.</summary>
    public static bool IsProgress(string line) =>
        TryRead(line, out _) || (line.StartsWith("make", StringComparison.Ordinal)
            && (line.Contains(": Entering directory ", StringComparison.Ordinal) || line.Contains(": Leaving directory ", StringComparison.Ordinal)));
}
