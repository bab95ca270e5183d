using System.Collections.Immutable;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;

namespace KernelBuild.Testing.BootImages;

/// <summary>An image, and which of its bytes some digest, id or signature covers: one of them changed must be noticed.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Bytes">The intact image; a flip is undone before the next.</param>
/// <param name="Partition">What the descriptors that cover it call it; null when it carries them itself.</param>
/// <param name="Vbmeta">The image that carries the descriptors; null when it is the image itself.</param>
public sealed record FlippedImage(string Name, byte[] Bytes, string? Partition = null, byte[]? Vbmeta = null)
{
    /// <summary>The real images, where they are, and a generated one of every form that has something to check.</summary>
    public static IEnumerable<FlippedImage> All()
    {
        if (Requirement.Missing(["xz", "coral-dtbo.img.xz"]) is null)
        {
            foreach (var name in (string[])
            [
                "cuttlefish-init_boot-v4.img.xz", "amlogic-vendor_boot-v3.img.xz", "coral-vbmeta.img.xz", "coral-vbmeta_system.img.xz",
            ])
            {
                yield return new FlippedImage(name, Cases.Unpack(name));
            }

            yield return new FlippedImage(
                "coral-dtbo.img.xz", Cases.Unpack("coral-dtbo.img.xz"), "dtbo", Cases.Unpack("coral-vbmeta.img.xz"));
        }

        foreach (var (name, make) in SampleFiles.All)
        {
            var image = new FlippedImage(name, make());
            if (!image.Covered.IsEmpty)
            {
                yield return image;
            }
        }
    }

    /// <summary>Ranges that something covers, in bytes from the start of <see cref="Bytes"/>.</summary>
    public ImmutableArray<(int Start, int Length)> Covered
    {
        get
        {
            var ranges = ImmutableArray.CreateBuilder<(int, int)>();
            if (Partition is not null)
            {
                var descriptor = ImageFile.Read(Vbmeta).Vbmeta!.Descriptors
                    .OfType<HashDescriptor>()
                    .Single(d => d.PartitionName == Partition);
                return [(0, (int)descriptor.ImageSize)];
            }

            var file = ImageFile.Read(Bytes);
            if (file.Footer is not null && file.Vbmeta!.Descriptors.OfType<HashDescriptor>().SingleOrDefault() is { } hash)
            {
                ranges.Add((0, (int)hash.ImageSize));
            }
            else if (file.Boot is { Id.IsEmpty: false } boot && boot.Id.Span.ContainsAnyExcept((byte)0))
            {
                var shift = file.Wrapper?.Raw.Length ?? 0;
                ranges.AddRange(boot.Sections.Where(s => !s.Content.IsEmpty).Select(s => ((int)s.Offset + shift, s.Content.Length)));
            }

            if (file.Vbmeta is { } vbmeta && vbmeta.Algorithm != AvbAlgorithm.None)
            {
                var start = (int)file.VbmetaOffset;
                ranges.Add((start, VbmetaFields.HeaderLength));
                ranges.Add((start + VbmetaFields.HeaderLength + vbmeta.AuthenticationBlock.Length, vbmeta.AuxiliaryBlock.Length));
            }

            return ranges.ToImmutable();
        }
    }

    /// <summary>Changes one covered byte at a time, at random.</summary>
    /// <returns>The places where nothing was noticed.</returns>
    public IReadOnlyList<int> Unnoticed(int count, int seed)
    {
        var random = new Random(seed);
        var covered = Covered;
        var unnoticed = new List<int>();
        for (var i = 0; i < count; i++)
        {
            // each range as often as the others: metadata is small, and matters as much
            var (start, length) = covered[random.Next(covered.Length)];
            var at = start + random.Next(length);
            var change = (byte)random.Next(1, 256);
            Bytes[at] ^= change;
            if (!IsNoticed())
            {
                unnoticed.Add(at);
            }

            Bytes[at] ^= change;
        }

        return unnoticed;
    }

    public bool IsNoticed()
    {
        if (!ImageFile.TryRead(Bytes, out var image, out var findings))
        {
            return true;
        }

        var options = new InspectionOptions { LookInside = false };
        if (Partition is not null)
        {
            options = options with { Partitions = options.Partitions.Add(Partition, image) };
            image = ImageFile.Read(Vbmeta);
            findings = [];
        }

        var inspection = ImageInspection.Of(image, findings, options);
        return inspection.HasErrors
            || new[] { inspection.Verdict.Id, inspection.Verdict.Digest, inspection.Verdict.Signature }.Any(answer =>
                answer.State == AnswerState.Bad);
    }
}
