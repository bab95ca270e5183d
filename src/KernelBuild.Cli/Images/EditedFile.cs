using System.Buffers;
using KernelBuild.BootImages.Comparison;
using KernelBuild.BootImages.Containers;
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
    public static ImageFile Write(InputImage old, EditedImage edited, OutputPlace output, bool json, TextWriter writer)
    {
        ImageFile? file = null;
        OutputFile.Write(output.Path, Stored(old, edited), written =>
        {
            file = Prove(old, edited, written, output.Path);
            KeepStock(old, edited, output);
        });
        Report(old, file!, edited.Findings, output.Path, json, writer);
        return file!;
    }

    /// <summary>Two images that belong together: both are written and proved before either gets its name.</summary>
    /// <exception cref="DiagnosticException">KB9012, KB1012, or the errors of a proof; both files are then the old ones, unless the
    /// disk fails between the two renames, which leaves the first one new.</exception>
    public static void WriteBoth(
        (InputImage Old, EditedImage Edited, OutputPlace Output) first, (InputImage Old, EditedImage Edited, OutputPlace Output) second,
        bool json, TextWriter writer)
    {
        ImageFile? one = null, other = null;
        OutputFile.Write(second.Output.Path, Stored(second.Old, second.Edited), written =>
        {
            other = Prove(second.Old, second.Edited, written, second.Output.Path);
            OutputFile.Write(first.Output.Path, Stored(first.Old, first.Edited), path =>
            {
                one = Prove(first.Old, first.Edited, path, first.Output.Path);
                KeepStock(first.Old, first.Edited, first.Output);
                KeepStock(second.Old, second.Edited, second.Output);
            });
        });
        Report(first.Old, one!, first.Edited.Findings, first.Output.Path, json, writer);
        Report(second.Old, other!, second.Edited.Findings, second.Output.Path, json, writer);
    }

    /// <summary>As the old image is stored: what came as a sparse image is written as one.</summary>
    private static ReadOnlySequence<byte> Stored(InputImage old, EditedImage edited) =>
        old.Sparse is not { } sparse ? edited.Bytes
        : MemoryWindow.AreEqual(edited.Bytes, old.File.Bytes) ? new ReadOnlySequence<byte>(old.Stored)
        : SparseImage.Write(edited.Bytes.ToArray(), sparse.BlockLength);

    /// <summary>What was wrong with the old image already is no fault of the edit, and no reason to keep its user from it.</summary>
    private static ImageFile Prove(InputImage old, EditedImage edited, string written, string output)
    {
        var bytes = InputFile.Read(written);
        var content = old.Sparse is null ? bytes : SparseImage.Read(bytes, out _);
        var errors = ImageProof.Check(content, edited.Expectation, out var file);
        if (file is null && old.File.Kind == ImageKind.Unknown && MemoryWindow.AreEqual(edited.Bytes, content))
        {
            // any file can have a footer; without it nobody knows what it is, and the same bytes are all that can be proved
            return new ImageFile { Bytes = content, Kind = ImageKind.Unknown, ContentLength = content.Length };
        }

        if (errors.Count > 0)
        {
            var before = ImageProof.Check(old.File.Bytes, new ImageExpectation(), out _).Select(Key).ToHashSet();
            errors = [.. errors.Where(error => file is null || !before.Contains(Key(error)))];
        }

        return errors.Count == 0 ? file! : throw new DiagnosticException([.. errors.Select(e => e with { File = output })]);

        static (string Code, string Message) Key(Diagnostic error) => (error.Code, error.Message);
    }

    /// <summary>A copy of a file that is written over, once: it is often the only one of the stock image.</summary>
    private static void KeepStock(InputImage old, EditedImage edited, OutputPlace output)
    {
        if (!MemoryWindow.AreEqual(edited.Bytes, old.File.Bytes))
        {
            output.KeepStock(old.Stored);
        }
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
