using System.Security.Cryptography;
using KernelBuild.BootImages.Comparison;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Images;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Boot;

/// <summary>Writes an edited image, reads it back from the disk, proves it, and says what changed.</summary>
internal static class EditedFile
{
    /// <returns>The image as it was read back.</returns>
    /// <exception cref="DiagnosticException">KB9012, or the errors of the proof; the file is then gone, or the old one.</exception>
    public static ImageFile Write(InputImage old, EditedImage edited, string output, bool json, TextWriter writer)
    {
        // Proved under a name of its own: a file that does not hold what it should never gets the name that is flashed.
        var unproved = output + ".unproved";
        OutputFile.Write(unproved, edited.Bytes.Span);
        try
        {
            var bytes = InputFile.Read(unproved);
            var errors = EditProof.Check(bytes, edited.Expectation);
            if (errors.Count > 0)
            {
                throw new DiagnosticException([.. errors.Select(e => e with { File = output })]);
            }

            File.Move(unproved, output, overwrite: true);
            var file = ImageFile.Read(bytes);
            Report(old, file, edited.Findings, output, json, writer);
            return file;
        }
        finally
        {
            File.Delete(unproved);
        }
    }

    private static void Report(InputImage old, ImageFile file, IReadOnlyList<Diagnostic> findings, string output, bool json, TextWriter writer)
    {
        var changes = ImageComparison.Compare(old.File, file).Where(change => change.Kind != "same").ToArray();
        if (json)
        {
            writer.WriteLine(BootJson.Write(
                new EditReport(output, file.Bytes.Length, Convert.ToHexStringLower(SHA256.HashData(file.Bytes.Span)), [.. changes.Select(ChangeInfo.From)], [.. findings.Select(FindingInfo.From)]),
                BootJson.Default.EditReport));
            return;
        }

        writer.WriteLine(Printable.Text($"{output}: {file.Bytes.Length} bytes, read back and proved; {(changes.Length == 0 ? "no byte changed" : "changed:")}"));
        ChangeText.Write(changes, writer);
        foreach (var finding in findings)
        {
            FindingText.Write(finding, writer);
        }
    }
}
