using System.Text;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Images;

/// <summary>Values of AVB options, for every command that signs.</summary>
internal static class AvbOptions
{
    /// <exception cref="Diagnostics.DiagnosticException">KB9010.</exception>
    public static AvbDescriptor Property(string text)
    {
        var split = text.IndexOf(':', StringComparison.Ordinal);
        return split >= 0
            ? PropertyDescriptor.Create(text[..split], Encoding.UTF8.GetBytes(text[(split + 1)..]))
            : throw CommandFrame.Usage($"--prop takes KEY:VALUE, not '{text}'", "write a colon between them");
    }

    /// <exception cref="Diagnostics.DiagnosticException">KB9010.</exception>
    public static ReadOnlyMemory<byte>? Salt(string? text)
    {
        try
        {
            return text is null ? (ReadOnlyMemory<byte>?)null : Convert.FromHexString(text);
        }
        catch (FormatException)
        {
            throw CommandFrame.Usage($"--salt takes hexadecimal digits, not '{text}'", "two digits a byte");
        }
    }
}
