using System.Globalization;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>The report of avbtool's <c>info_image</c>, whose lines scripts look for.</summary>
internal static class AvbtoolText
{
    public static void Write(InputImage image, Vbmeta vbmeta, TextWriter output)
    {
        var file = image.File;
        var header = vbmeta.Header;
        if (file.Footer is { } footer)
        {
            Line("Footer version:", $"{footer.MajorVersion}.{footer.MinorVersion}");
            Line("Image size:", $"{file.Bytes.Length} bytes");
            Line("Original image size:", $"{footer.OriginalImageSize} bytes");
            Line("VBMeta offset:", $"{footer.VbmetaOffset}");
            Line("VBMeta size:", $"{footer.VbmetaSize} bytes");
            output.WriteLine("--");
        }

        Line("Minimum libavb version:", $"{header.RequiredMajorVersion}.{header.RequiredMinorVersion}{(image.Sparse is null ? "" : " (Sparse)")}");
        Line("Header Block:", $"{VbmetaFields.HeaderLength} bytes");
        Line("Authentication Block:", $"{header.AuthenticationBlockSize} bytes");
        Line("Auxiliary Block:", $"{header.AuxiliaryBlockSize} bytes");
        if (!vbmeta.PublicKey.IsEmpty)
        {
            Line("Public key (sha1):", AvbPublicKey.FingerprintOf(vbmeta.PublicKey.Span));
        }

        Line("Algorithm:", vbmeta.Algorithm?.Name ?? "unknown");
        Line("Rollback Index:", $"{header.RollbackIndex}");
        Line("Flags:", $"{(uint)header.Flags}");
        Line("Rollback Index Location:", $"{header.RollbackIndexLocation}");
        Line("Release String:", $"'{Printable.Text(header.ReleaseString)}'");
        output.WriteLine("Descriptors:");
        foreach (var descriptor in vbmeta.Descriptors)
        {
            WriteDescriptor(descriptor, output);
        }

        if (vbmeta.Descriptors.IsEmpty)
        {
            output.WriteLine("    (none)");
        }

        void Line(string name, string value) => output.WriteLine($"{name,-26}{value}");
    }

    private static void WriteDescriptor(AvbDescriptor descriptor, TextWriter output)
    {
        switch (descriptor)
        {
            case HashDescriptor hash:
                output.WriteLine("    Hash descriptor:");
                Line("Image Size:", $"{hash.ImageSize} bytes");
                Line("Hash Algorithm:", hash.HashAlgorithm);
                Line("Partition Name:", hash.PartitionName);
                Line("Salt:", Hex(hash.Salt));
                Line("Digest:", Hex(hash.Digest));
                Line("Flags:", Number(hash.Flags));
                break;
            case HashtreeDescriptor tree:
                output.WriteLine("    Hashtree descriptor:");
                Line("Version of dm-verity:", Number(tree.VerityVersion));
                Line("Image Size:", $"{tree.ImageSize} bytes");
                Line("Tree Offset:", Number(tree.TreeOffset));
                Line("Tree Size:", $"{tree.TreeSize} bytes");
                Line("Data Block Size:", $"{tree.DataBlockSize} bytes");
                Line("Hash Block Size:", $"{tree.HashBlockSize} bytes");
                Line("FEC num roots:", Number(tree.FecRoots));
                Line("FEC offset:", Number(tree.FecOffset));
                Line("FEC size:", $"{tree.FecSize} bytes");
                Line("Hash Algorithm:", tree.HashAlgorithm);
                Line("Partition Name:", tree.PartitionName);
                Line("Salt:", Hex(tree.Salt));
                Line("Root Digest:", Hex(tree.RootDigest));
                Line("Flags:", Number(tree.Flags));
                break;
            case ChainPartitionDescriptor chain:
                output.WriteLine("    Chain Partition descriptor:");
                LongLine("Partition Name:", chain.PartitionName);
                LongLine("Rollback Index Location:", Number(chain.RollbackIndexLocation));
                LongLine("Public key (sha1):", AvbPublicKey.FingerprintOf(chain.PublicKey.Span));
                LongLine("Flags:", Number(chain.Flags));
                break;
            case PropertyDescriptor property:
                output.WriteLine(Printable.Text(
                    $"    Prop: {property.Key} -> {(property.Value.Length < 256 ? Quoted(property.Value.Span) : $"({property.Value.Length} bytes)")}"));
                break;
            case KernelCommandLineDescriptor commandLine:
                output.WriteLine("    Kernel Cmdline descriptor:");
                Line("Flags:", Number(commandLine.Flags));
                Line("Kernel Cmdline:", $"'{commandLine.Text}'");
                break;
            default:
                output.WriteLine("    Unknown descriptor:");
                output.WriteLine($"      Tag:  {(descriptor as UnknownDescriptor)?.Tag}");
                output.WriteLine($"      Data: {descriptor.Raw.Length - AvbDescriptor.HeaderLength} bytes");
                break;
        }

        void Line(string name, string value) => output.WriteLine(Printable.Text($"      {name,-22} {value}"));
        void LongLine(string name, string value) => output.WriteLine(Printable.Text($"      {name,-24} {value}"));
    }

    /// <summary>Bytes as Python shows them.</summary>
    private static string Quoted(ReadOnlySpan<byte> bytes)
    {
        var quote = bytes.Contains((byte)'\'') && !bytes.Contains((byte)'"') ? '"' : '\'';
        var text = new System.Text.StringBuilder().Append(quote);
        foreach (var value in bytes)
        {
            text.Append(value switch
            {
                (byte)'\t' => "\\t",
                (byte)'\n' => "\\n",
                (byte)'\r' => "\\r",
                (byte)'\\' => "\\\\",
                (byte)'\'' when quote == '\'' => "\\'",
                >= 0x20 and < 0x7f => ((char)value).ToString(),
                _ => string.Create(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
            });
        }

        return text.Append(quote).ToString();
    }

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(bytes.Span);

    private static string Number(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
