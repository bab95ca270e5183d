using System.Globalization;
using System.Text;

namespace KernelBuild.Cli.Iommu;

/// <summary>The difference of two texts as a patch of one hunk: what is between the first and the last line that differ.</summary>
internal static class SourceDiff
{
    private const int Context = 3;

    /// <param name="file">The name of the file in the patch, for patch -p1.</param>
    public static string Of(string file, string before, string after)
    {
        var (old, young) = (Lines(before), Lines(after));
        var head = 0;
        while (head < Math.Min(old.Length, young.Length) && old[head] == young[head])
        {
            head++;
        }

        var tail = 0;
        while (tail < Math.Min(old.Length, young.Length) - head && old[^(tail + 1)] == young[^(tail + 1)])
        {
            tail++;
        }

        var start = Math.Max(0, head - Context);
        var kept = Math.Max(0, tail - Context);
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"--- a/{file}\n+++ b/{file}\n@@ -{start + 1},{old.Length - kept - start} +{start + 1},{young.Length - kept - start} @@\n");
        Append(' ', old[start..head]);
        Append('-', old[head..^tail]);
        Append('+', young[head..^tail]);
        Append(' ', old[^tail..(old.Length - kept)]);
        return text.ToString();

        void Append(char sign, IEnumerable<string> lines)
        {
            foreach (var line in lines)
            {
                text.Append(sign).Append(line).Append('\n');
            }
        }
    }

    /// <summary>Without what follows the last line break, which is nothing.</summary>
    private static string[] Lines(string text) => text.TrimEnd('\n').Split('\n');
}
