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
        OutputFile.Write(output, edited.Bytes, written => file = Prove(edited, written, output));
        Report(old, file!, edited.Findings, output, json, writer);
        return file!;
    }

    /// <summary>Two images that belong together: both are written and proved before either gets its name.</summary>
    /// <exception cref="DiagnosticException">KB9012, KB1012, or the errors of a proof; both files are then the old ones, unless the
    /// disk fails between the two renames, which leaves the first one new.</exception>
    public static void WriteBoth(
        (InputImage Old, EditedImage Edited, string Output) first, (InputImage Old, EditedImage Edited, string Output) second, bool json,
        TextWriter writer)
    {
        ImageFile? one = null, other = null;
        OutputFile.Write(second.Output, second.Edited.Bytes, written =>
        {
            other = Prove(second.Edited, written, second.Output);
            OutputFile.Write(first.Output, first.Edited.Bytes, path => one = Prove(first.Edited, path, first.Output));
        });
        Report(first.Old, one!, first.Edited.Findings, first.Output, json, writer);
        Report(second.Old, other!, second.Edited.Findings, second.Output, json, writer);
    }

    private static ImageFile Prove(EditedImage edited, string written, string output)
    {
        var errors = ImageProof.Check(InputFile.Read(written), edited.Expectation, out var file);
        return errors.Count == 0 ? file! : throw new DiagnosticException([.. errors.Select(e => e with { File = output })]);
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
