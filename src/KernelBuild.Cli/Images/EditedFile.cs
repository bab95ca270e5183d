using KernelBuild.BootImages.Comparison;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Verification;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Images;

/// <summary>Writes an edited image, reads it back from the disk, proves it, and says what changed.</summary>
internal static class EditedFile
{
    /// <returns>The image as it was read back.</returns>
    /// <exception cref="DiagnosticException">KB9012, or the errors of the proof; the file is then gone, or the old one.</exception>
    public static ImageFile Write(InputImage old, EditedImage edited, string output, bool json, TextWriter writer)
    {
        ImageFile? file = null;
        OutputFile.Write(output, edited.Bytes, written =>
        {
            var errors = ImageProof.Check(InputFile.Read(written), edited.Expectation, out file);
            if (errors.Count > 0)
            {
                throw new DiagnosticException([.. errors.Select(e => e with { File = output })]);
            }
        });
        Report(old, file!, edited.Findings, output, json, writer);
        return file!;
    }

    private static void Report(
        InputImage old, ImageFile file, IReadOnlyList<Diagnostic> findings, string output, bool json, TextWriter writer)
    {
        var changes = ImageComparison.Compare(old.File, file).Where(change => change.Kind != "same").ToArray();
        if (json)
        {
            var digest = Convert.ToHexStringLower(MemoryWindow.Sha256(file.Bytes));
            JsonOutput.Write(
                writer,
                new EditReport(output, file.Bytes.Length, digest, [.. changes.Select(ChangeInfo.From)])
                {
                    Findings = [.. findings.Select(FindingInfo.From)],
                },
                ImagesJson.Default.EditReport);
            return;
        }

        writer.WriteLine(Printable.Text(
            $"{output}: {file.Bytes.Length} bytes, read back and verified; {(changes.Length == 0 ? "no byte changed" : "changed:")}"));
        ChangeText.Write(changes, writer);
        foreach (var finding in findings)
        {
            FindingText.Write(finding, writer);
        }
    }
}
