using System.Text.RegularExpressions;
using KernelBuild.Testing;

namespace KernelBuild.Cli.Tests;

/// <summary>A message that tells to run a command must name one that there is, with options that it has.</summary>
public sealed class FixesThatMessagesName
{
    [Fact]
    public void Every_command_in_a_message_exists_with_its_options()
    {
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        var found = 0;
        foreach (var file in Directory.GetFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)))
        {
            var text = Regex.Replace(File.ReadAllText(file), "\"\\s*\\+\\s*\\$?\"", "");
            foreach (Match match in Regex.Matches(text, "kernelbuild ((?:boot|avb|dtbo|avbtool|mkbootimg|mkdtboimg)(?: [a-z][a-z_-]*)*)([^\"\\\\\\n`;,)]*)"))
            {
                found++;
                if (WhatIsMissing(match.Groups[1].Value, match.Groups[2].Value) is { } what)
                {
                    missing.Add($"{Path.GetFileName(file)}: {match.Value}: {what}");
                }
            }
        }

        found.ShouldBeGreaterThan(60);
        missing.ShouldBeEmpty();
    }

    /// <summary>The longest beginning of the words that is a command must be more than its room, and have the options behind it.</summary>
    private static string? WhatIsMissing(string words, string rest)
    {
        var names = words.Split(' ');
        for (var count = Math.Min(3, names.Length); count > 0; count--)
        {
            var help = CommandRun.Of([.. names[..count], "--help"]);
            if (help.ExitCode != 0)
            {
                continue;
            }

            var options = Regex.Matches(rest, "(?<= )--?[a-z][a-z-_]*").Select(match => match.Value).Where(option => !help.Output.Contains(option, StringComparison.Ordinal));
            return string.Join(' ', options) is { Length: > 0 } missing ? missing
                : count == 1 && names.Length > 1 && names[0] is "boot" or "avb" or "dtbo" && !names[1].Contains('_', StringComparison.Ordinal)
                    && !help.Output.Contains("  " + names[1], StringComparison.Ordinal) ? "no such command" : null;
        }

        return "no such command";
    }
}
