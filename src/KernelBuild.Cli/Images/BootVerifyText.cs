using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Images;

/// <summary>The four answers for people.</summary>
internal static class BootVerifyText
{
    public static void Write(string path, ImageFile file, ImageInspection inspection, TextWriter output)
    {
        output.WriteLine(Printable.Text($"{path}: {NameOf(file.Kind)} image, {file.Bytes.Length} bytes"));
        Line("id", inspection.Verdict.Id);
        Line("digest", inspection.Verdict.Digest);
        Line("signature", inspection.Verdict.Signature);
        Line("key and policy", inspection.Verdict.KeyAndPolicy);
        foreach (var finding in inspection.Findings)
        {
            FindingText.Write(finding, output);
        }

        output.WriteLine(inspection.Findings.IsEmpty ? "  no findings" : "");

        void Line(string name, Answer answer) => output.WriteLine(Printable.Text($"  {name,-16} {answer.StateName,-12} {answer.Text}"));
    }

    /// <summary>The name in text and in JSON: boot, vendor_boot, vbmeta, dtbo, unknown.</summary>
    public static string NameOf(ImageKind kind) => kind switch
    {
        ImageKind.Boot => "boot",
        ImageKind.VendorBoot => "vendor_boot",
        ImageKind.Vbmeta => "vbmeta",
        ImageKind.Dtbo => "dtbo",
        _ => "unknown",
    };
}
