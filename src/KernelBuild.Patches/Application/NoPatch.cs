using System.Text;

namespace KernelBuild.Patches.Application;

/// <summary>Says what a file is in which no patch was found.</summary>
internal static class NoPatch
{
    private const int Looked = 4096;

    /// <param name="file">The whole file.</param>
    /// <returns>What it is, after its name, and what to do.</returns>
    public static (string What, string Fix) Explain(ReadOnlySpan<byte> file)
    {
        var start = file[..Math.Min(Looked, file.Length)];
        if (start.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || start.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
        {
            return ("is UTF-16, as Windows PowerShell writes what is redirected", "write it as UTF-8: iconv -f UTF-16 -t UTF-8 FILE");
        }

        var text = Encoding.Latin1.GetString(start).TrimStart();
        if (text.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase))
        {
            return ("is a web page (HTML), not the patch that it shows", "save the raw patch: the page's link 'raw', 'plain' or 'mbox'");
        }

        var all = Encoding.Latin1.GetString(file);
        if (all.Contains("\n***************\n", StringComparison.Ordinal) || all.Contains("\n***************\r\n", StringComparison.Ordinal))
        {
            return ("is a context diff (diff -c), which git does not apply", "make it with diff -u, or git diff");
        }

        return file.Trim(" \t\r\n"u8).IsEmpty
            ? ("is empty", "write it with git format-patch, or take it out of the series")
            : ("holds no patch", "write it with git format-patch, or take it out of the series");
    }
}
