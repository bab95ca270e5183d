using System.Text;

namespace KernelBuild.Testing.EndToEnd;

/// <summary>What runs on this machine, read from /proc without starting anything.</summary>
public static class Processes
{
    /// <summary>Waits for every process that names a text on its command line to end; gives those that have not after 15 s.</summary>
    public static async Task<IReadOnlyList<string>> StillNamingAsync(string text)
    {
        IReadOnlyList<string> left = [];
        for (var attempt = 0; attempt < 150; attempt++)
        {
            left =
            [
                .. Directory.EnumerateDirectories("/proc").Select(CommandLine).Where(line => line.Contains(text, StringComparison.Ordinal)),
            ];
            if (left.Count == 0)
            {
                break;
            }

            await Task.Delay(100);
        }

        return left;
    }

    private static string CommandLine(string folder)
    {
        try
        {
            return char.IsAsciiDigit(Path.GetFileName(folder)[0])
                ? Encoding.UTF8.GetString(File.ReadAllBytes(folder + "/cmdline")).Replace('\0', ' ')
                : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
