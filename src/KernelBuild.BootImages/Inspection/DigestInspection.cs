using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>The second question: are the digests in the AVB descriptors those of the partitions?</summary>
internal static class DigestInspection
{
    private const string Refused = "a locked device does not boot it (ERROR_VERIFICATION); an unlocked one shows its warning and boots";

    public static Answer Check(ImageFile file, InspectionOptions options, List<Diagnostic> findings)
    {
        if (file.Vbmeta is not { } vbmeta)
        {
            return new Answer(AnswerState.Absent, file.Avb1 is null ? "no AVB metadata" : "AVB 1 has none: it signs the image itself");
        }

        var right = new List<string>();
        var wrong = new List<string>();
        var missing = new List<string>();
        foreach (var descriptor in vbmeta.Descriptors)
        {
            var name = descriptor.Partition is { } partition ? HeaderText.Printable(partition) : "";
            switch (descriptor)
            {
                case HashDescriptor hash when Find(file, vbmeta, hash, options) is { } image:
                    (CheckOne(file, image, hash, name, findings) ? right : wrong).Add(name);
                    break;
                case HashtreeDescriptor tree when Find(file, vbmeta, tree, options) is { } image && HashtreeInspection.CanCheck(tree):
                    (HashtreeInspection.Check(file, image, tree, name, options.AcceptsErasedTrees, findings) ? right : wrong).Add(name);
                    break;
                case HashDescriptor or HashtreeDescriptor:
                    missing.Add(name);
                    break;
            }
        }

        if (wrong.Count > 0)
        {
            return new Answer(AnswerState.Bad, $"differs: {string.Join(", ", wrong)}");
        }

        if (missing.Count > 0)
        {
            return new Answer(
                AnswerState.NotChecked,
                $"{(right.Count > 0 ? $"matches: {string.Join(", ", right)}; " : "")}not given, or of an algorithm that is not supported: "
                + $"{string.Join(", ", missing)}");
        }

        return right.Count > 0
            ? new Answer(AnswerState.Good, $"matches: {string.Join(", ", right)}")
            : new Answer(AnswerState.Absent, "no descriptor with a digest");
    }

    /// <summary>The image that a descriptor is about: the file itself when it has a footer, else one of those given with it.</summary>
    private static ImageFile? Find(ImageFile file, Vbmeta vbmeta, AvbDescriptor descriptor, InspectionOptions options)
    {
        if (file.Footer is not null)
        {
            var own = vbmeta.Descriptors.Count(d => d is HashDescriptor or HashtreeDescriptor);
            if (own == 1 || descriptor.Partition == PartitionNames.Of(options.FileName) || string.IsNullOrEmpty(descriptor.Partition))
            {
                return file;
            }
        }

        return options.Partitions.GetValueOrDefault(descriptor.Partition ?? "");
    }

    private static bool CheckOne(ImageFile file, ImageFile image, HashDescriptor hash, string name, List<Diagnostic> findings)
    {
        var at = file.VbmetaOffset + hash.Offset;
        if (!AvbDigest.IsKnown(hash.HashAlgorithm))
        {
            findings.Add(Wrong(
                at, DiagnosticCodes.AvbDescriptorInvalid,
                $"the descriptor of {name} has the hash algorithm \"{HeaderText.Printable(hash.HashAlgorithm)}\"",
                HeaderText.Printable(hash.HashAlgorithm), "sha256 or sha512"));
            return false;
        }

        if (hash.ImageSize > (ulong)image.Bytes.Length)
        {
            findings.Add(Wrong(
                at, DiagnosticCodes.AvbDigestDiffers,
                $"the descriptor of {name} covers {hash.ImageSize} bytes, and the image has {image.Bytes.Length}",
                $"{image.Bytes.Length} bytes", $"{hash.ImageSize} bytes"));
            return false;
        }

        if (image.Footer is { } footer && hash.ImageSize != footer.OriginalImageSize)
        {
            findings.Add(Wrong(
                at, DiagnosticCodes.AvbDigestDiffers,
                $"the descriptor of {name} covers {hash.ImageSize} bytes, and the footer says that the image has "
                + $"{footer.OriginalImageSize}",
                $"{hash.ImageSize}", $"{footer.OriginalImageSize}"));
            return false;
        }

        if (hash.Digest.IsEmpty)
        {
            findings.Add(Diagnostic.Note(
                DiagnosticCodes.AvbDigestDiffers,
                $"the digest of {name} is kept by the device (persistent digest), not by the image") with { Offset = at });
            return true;
        }

        var found = AvbDigest.Compute(hash.HashAlgorithm, hash.Salt.Span, image.Bytes[..(int)hash.ImageSize]);
        if (hash.Digest.Span.SequenceEqual(found))
        {
            return true;
        }

        findings.Add(Wrong(
            at, DiagnosticCodes.AvbDigestDiffers, $"the content of {name} is not the one that its AVB descriptor describes",
            Convert.ToHexStringLower(found), Convert.ToHexStringLower(hash.Digest.Span)));
        return false;
    }

    internal static Diagnostic Wrong(long offset, string code, string message, string found, string expected) =>
        Diagnostic.Error(code, message, "take a fresh copy, or, if the change is yours, sign again: kernelbuild avb sign") with
        { Offset = offset, Found = found, Expected = expected, Consequence = Refused };
}
