using System.Text;
using KernelBuild.Compression.Memory;

namespace KernelBuild.Compression.Recognition;

/// <summary>The text a Linux kernel prints first, "Linux version 6.1.0 (builder@host) (clang …) #1 SMP …".</summary>
public static class LinuxBanner
{
    private const int LongestBanner = 1024;

    private static ReadOnlySpan<byte> Start => "Linux version "u8;

    /// <summary>Finds the banner in an uncompressed kernel.</summary>
    /// <returns>The text up to its line feed, or null when there is none.</returns>
    public static string? Find(ReadOnlyMemory<byte> kernel)
    {
        // Most of a kernel lies in front of its banner, and a mapped one need not enter memory for that.
        var at = MemoryWindow.IndexOf(kernel, Start);
        return at < 0 ? null : Find(kernel.Span[at..]);
    }

    /// <inheritdoc cref="Find(ReadOnlyMemory{byte})"/>
    public static string? Find(ReadOnlySpan<byte> kernel)
    {
        // Since Linux 6.1 there is a second one, in which the build number is still missing ("# SMP"); it may stand first.
        string? without = null;
        while (kernel.IndexOf(Start) is >= 0 and var at)
        {
            kernel = kernel[at..];
            var end = kernel[..Math.Min(kernel.Length, LongestBanner)].IndexOfAny((byte)0, (byte)'\n');

            // A kernel also holds the format string "Linux version %s": only a digit makes it the banner.
            if (end > Start.Length && char.IsAsciiDigit((char)kernel[Start.Length])
                && !kernel[..end].ContainsAnyExceptInRange((byte)0x20, (byte)0x7e))
            {
                var text = Encoding.ASCII.GetString(kernel[..end]);
                if (!text.Contains(") # ", StringComparison.Ordinal))
                {
                    return text;
                }

                without ??= text;
            }

            kernel = kernel[Start.Length..];
        }

        return without;
    }
}
