using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Images;

/// <summary>AVB metadata for people.</summary>
internal static class AvbText
{
    public static void Write(AvbInfo avb, TextWriter output)
    {
        if (avb.OriginalImageSize is { } size)
        {
            Line("avb footer", $"image {size} bytes, vbmeta {avb.VbmetaSize} bytes at 0x{avb.VbmetaOffset:x}");
        }

        Line("avb algorithm", avb.Algorithm + (avb.Algorithm == "NONE" ? " (not signed)" : ""));
        if (avb.PublicKey is not null)
        {
            Line("avb key", $"{avb.PublicKey} (SHA-1){(avb.KnownKey is null ? "" : ", " + avb.KnownKey)}");
        }

        Line(
            "avb policy",
            $"flags {avb.Flags}, rollback index {avb.RollbackIndex} at location {avb.RollbackIndexLocation}, libavb {avb.RequiredVersion}");
        Line("avb made by", avb.ReleaseString);
        foreach (var d in avb.Descriptors)
        {
            Line("avb " + d.Kind, d.Kind switch
            {
                "hash" or "hashtree" =>
                    $"{d.Partition}: {d.ImageSize.GetValueOrDefault()} bytes, {d.HashAlgorithm} "
                    + $"{(d.Digest!.Length > 0 ? d.Digest : "(persistent digest)")}",
                "chain" => $"{d.Partition}: key {d.PublicKey}, rollback index location {d.RollbackIndexLocation}",
                "property" => $"{d.Key} = {d.Value}",
                "cmdline" => d.Value ?? "",
                _ => "",
            });
        }

        void Line(string name, string value) => output.WriteLine(Printable.Text($"  {name,-16} {value}"));
    }

    public static void Write(Avb1Info avb1, TextWriter output)
    {
        output.WriteLine(Printable.Text(
            $"  {"avb 1 signature",-16} {avb1.Algorithm}, for {avb1.Target}, over {avb1.SignedSize} bytes; {avb1.Size} bytes "
            + $"at 0x{avb1.Offset:x}"));
        output.WriteLine(Printable.Text(
            $"  {"avb 1 signer",-16} {avb1.Subject ?? "a certificate that cannot be read"}, certificate {avb1.Certificate} (SHA-256)"));
    }
}
