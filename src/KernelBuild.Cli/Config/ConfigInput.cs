using System.Text;
using KernelBuild.Cli.Files;
using KernelBuild.Compression.Codecs;
using KernelBuild.Configure;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.KernelImages.Configuration;

namespace KernelBuild.Cli.Config;

/// <summary>A configuration wherever it is: a .config, /proc/config.gz, a boot image or a kernel that carries it (IKCONFIG).</summary>
internal static class ConfigInput
{
    /// <exception cref="DiagnosticException">KB9012; KB8008 a kernel without a configuration; KB8001 neither a text nor a kernel.</exception>
    public static KernelConfig Read(string path)
    {
        var bytes = InputFile.Read(path);
        if (bytes.Span.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]) && TryText(Decompressed(bytes), out var unpacked))
        {
            return unpacked;
        }

        if (TryText(bytes, out var plain))
        {
            return plain;
        }

        var kernel = InputKernel.Read(path);
        return EmbeddedConfiguration.TryRead(kernel.Image.Bytes, out var text, out var error)
            ? KernelConfig.Parse(Encoding.UTF8.GetString(text.Span))
            : throw new DiagnosticException(error with { File = path });
    }

    private static ReadOnlyMemory<byte> Decompressed(ReadOnlyMemory<byte> bytes)
    {
        const int longest = 64 << 20;
        return Gzip.TryDecompress(bytes, out var data, out _, longest) ? data.Content : default;
    }

    /// <summary>A text of lines that are settings and comments; a kernel has zeros in its first bytes.</summary>
    private static bool TryText(ReadOnlyMemory<byte> bytes, out KernelConfig config)
    {
        config = KernelConfig.Parse("");
        if (bytes.IsEmpty || bytes.Span[..Math.Min(4096, bytes.Length)].Contains((byte)0))
        {
            return false;
        }

        config = KernelConfig.Parse(Encoding.UTF8.GetString(bytes.Span));
        return config.ByName.Count > 0;
    }
}
