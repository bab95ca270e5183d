using System.Collections.Immutable;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Inspection;

/// <summary>
/// Whether a device whose bootloader is locked would start with a set of images: everything that its vbmeta structures name is there and
/// right, and signed with the keys that it trusts. Source of the rules: AOSP, external/avb/libavb/avb_slot_verify.c.
/// </summary>
public sealed class LockCheck
{
    private readonly ImmutableArray<LockImage> _images;
    private readonly ImmutableDictionary<uint, ulong> _stored;
    private readonly List<LockRow> _rows = [];
    private readonly List<Diagnostic> _findings = [];
    private readonly Dictionary<uint, string> _locations = [];

    private readonly bool _isLocking;

    private LockCheck(ImmutableArray<LockImage> images, ImmutableDictionary<uint, ulong> stored, bool isLocking)
    {
        _images = images;
        _stored = stored;
        _isLocking = isLocking;
    }

    /// <summary>One row for each partition that is named or given.</summary>
    public IReadOnlyList<LockRow> Rows => _rows;

    /// <summary>The last one is the verdict when it is no.</summary>
    public IReadOnlyList<Diagnostic> Findings => _findings;

    public bool MayLock => _rows.Count > 0 && _rows.All(row => row.State == AnswerState.Good);

    /// <param name="images">
    /// The set, one for each partition; its root is "vbmeta", else the one vbmeta image that no chain names, else "boot".
    /// </param>
    /// <param name="trustedKey">The key that the device trusts, as AVB stores it; empty when it is not known.</param>
    /// <param name="stored">Rollback indexes that the device has stored, by location; those that are not known are not compared.</param>
    public static LockCheck Of(
        IEnumerable<LockImage> images, ReadOnlyMemory<byte> trustedKey, ImmutableDictionary<uint, ulong> stored)
    {
        var check = new LockCheck(WithRoot([.. images]), stored, isLocking: true);
        check.Run(trustedKey);
        return check;
    }

    /// <summary>
    /// What a vbmeta image says that is not so of the images beside it: their digests, the keys of chained ones and their signatures. Whether a
    /// locked device would trust its own signature, and whether a key is one that everybody has, is not asked.
    /// </summary>
    /// <param name="root">vbmeta.img.</param>
    /// <param name="images">Those of other partitions; what the root says of a partition that is not among them is not looked at.</param>
    public static IEnumerable<LockRow> Denied(LockImage root, IEnumerable<LockImage> images)
    {
        var check = new LockCheck([root with { Partition = "vbmeta" }, .. images], ImmutableDictionary<uint, ulong>.Empty, isLocking: false);
        check.Run(root.File.Vbmeta?.PublicKey ?? default);
        return check.Rows.Where(row => row.State == AnswerState.Bad && row.By.EndsWith(" in vbmeta", StringComparison.Ordinal));
    }

    private void Run(ReadOnlyMemory<byte> trustedKey)
    {
        var root = Find("vbmeta") ?? Find("boot");
        if (root?.File.Vbmeta is null)
        {
            Add(new LockRow(
                "vbmeta", "nothing", null, null, null, null, AnswerState.NotChecked,
                "the image is not given, or has no AVB metadata; vbmeta=FILE says which file it is"));
        }
        else
        {
            CheckStructure(root, "root", trustedKey, 0, level: 0);
        }

        foreach (var image in _images.Where(image => _rows.All(row => row.Partition != image.Partition)))
        {
            Add(new LockRow(
                image.Partition, "nothing", null, null, null, image.File.Bytes.Length, AnswerState.Bad,
                $"no structure that starts at {root?.Partition ?? "vbmeta"} names it"));
        }

        Conclude();
    }

    /// <summary>A vbmeta image is the root whatever its file is called, when no other can be.</summary>
    private static ImmutableArray<LockImage> WithRoot(ImmutableArray<LockImage> images)
    {
        var chained = images.SelectMany(image => image.File.Vbmeta?.Descriptors ?? []).OfType<ChainPartitionDescriptor>()
            .Select(chain => chain.PartitionName).ToHashSet();
        LockImage[] tops = [.. images.Where(image => image.File.Kind == ImageKind.Vbmeta && !chained.Contains(image.Partition))];
        return tops is [var top] && images.All(image => image.Partition != "vbmeta")
            ? images.Replace(top, top with { Partition = "vbmeta" })
            : images;
    }

    private LockImage? Find(string partition) => _images.FirstOrDefault(image => image.Partition == partition);

    private void CheckStructure(LockImage image, string by, ReadOnlyMemory<byte> key, uint location, int level)
    {
        var vbmeta = image.File.Vbmeta!;
        var flaws = Flaws(image, key, location, level).ToArray();
        Add(new LockRow(
            image.Partition, by, vbmeta.PublicKey.IsEmpty ? null : AvbPublicKey.FingerprintOf(vbmeta.PublicKey.Span),
            vbmeta.Header.RollbackIndex, location, image.File.Bytes.Length, flaws.Length == 0 ? AnswerState.Good : AnswerState.Bad,
            flaws.Length == 0 ? "signed with the expected key" : string.Join("; ", flaws)));
        foreach (var descriptor in vbmeta.Descriptors)
        {
            CheckDescriptor(image, descriptor, level);
        }
    }

    /// <summary>What is wrong with a structure itself.</summary>
    private IEnumerable<string> Flaws(LockImage image, ReadOnlyMemory<byte> key, uint location, int level)
    {
        var vbmeta = image.File.Vbmeta!;
        foreach (var error in Inspect(image, key, ImmutableDictionary<string, ImageFile>.Empty))
        {
            yield return error;
        }

        if (vbmeta.PublicKey.IsEmpty)
        {
            yield return "it is not signed";
        }
        else if (_isLocking && AvbKnownKeys.NameOf(vbmeta.PublicKey.Span) is { } name)
        {
            yield return $"its key is the {name}, with which anybody can sign";
        }
        else if (key.IsEmpty)
        {
            yield return "it is not said which key the device trusts: --key";
        }

        if (vbmeta.Header.Flags != 0)
        {
            yield return level == 0
                ? $"its flags {vbmeta.Header.Flags} switch verification off"
                : $"it has the flags {vbmeta.Header.Flags}, which only the root may have";
        }

        if (!_locations.TryAdd(location, image.Partition))
        {
            yield return $"its rollback index has the location {location}, as that of {_locations[location]}";
        }

        if (_stored.TryGetValue(location, out var stored) && vbmeta.Header.RollbackIndex < stored)
        {
            yield return $"its rollback index {vbmeta.Header.RollbackIndex} is below the device's {stored}";
        }
    }

    private void CheckDescriptor(LockImage structure, AvbDescriptor descriptor, int level)
    {
        if (descriptor is not (HashDescriptor or HashtreeDescriptor or ChainPartitionDescriptor))
        {
            return;
        }

        var partition = descriptor.Partition is { Length: > 0 } named ? HeaderText.Printable(named) : structure.Partition;
        var by = $"{(descriptor is HashtreeDescriptor ? "hash tree" : descriptor.Kind)} in {structure.Partition}";
        if (partition == structure.Partition && structure.File.Footer is not null && descriptor is not ChainPartitionDescriptor)
        {
            // its own content, which inspecting the structure has compared
            return;
        }

        if (Find(partition) is not { } image)
        {
            Add(new LockRow(partition, by, null, null, null, null, AnswerState.NotChecked, "its image is not given"));
            return;
        }

        if (descriptor is ChainPartitionDescriptor chain)
        {
            CheckChain(image, chain, by, level);
            return;
        }

        var errors = Inspect(structure, default, ImmutableDictionary<string, ImageFile>.Empty.Add(partition, image.File)).ToArray();
        Add(new LockRow(
            partition, by, null, null, null, image.File.Bytes.Length, errors.Length == 0 ? AnswerState.Good : AnswerState.Bad,
            errors.Length == 0 ? "its digest is right" : errors[0]));
    }

    private void CheckChain(LockImage image, ChainPartitionDescriptor chain, string by, int level)
    {
        const int mostLevels = 4;
        if (image.File.Vbmeta is null || level == mostLevels)
        {
            Add(new LockRow(
                image.Partition, by, null, null, chain.RollbackIndexLocation, image.File.Bytes.Length, AnswerState.Bad,
                level == mostLevels ? "chains lead in a circle" : "it has no AVB metadata of its own"));
            return;
        }

        CheckStructure(image, by, chain.PublicKey, chain.RollbackIndexLocation, level + 1);
    }

    /// <summary>What an inspection of a structure, with one other partition at most, finds wrong.</summary>
    private static IEnumerable<string> Inspect(
        LockImage structure, ReadOnlyMemory<byte> key, ImmutableDictionary<string, ImageFile> partitions) =>
        ImageInspection.Of(structure.File, structure.Findings, new InspectionOptions
        {
            FileName = structure.Path,
            TrustedKey = key,
            Partitions = partitions,
            LookInside = false,
            AcceptsErasedTrees = false,
        }).Findings.Where(finding => finding.Severity == DiagnosticSeverity.Error).Select(finding => $"{finding.Code}: {finding.Message}");

    private void Add(LockRow row) => _rows.Add(row);

    private void Conclude()
    {
        var unfit = _rows.Where(row => row.State != AnswerState.Good).Select(row => row.Partition).Distinct().ToArray();
        if (unfit.Length == 0)
        {
            return;
        }

        var missing = _rows.Where(row => row.State == AnswerState.NotChecked).Select(row => row.Partition).Distinct().ToArray();
        _findings.Add(Diagnostic.Error(
            DiagnosticCodes.NotLockable,
            $"do not lock the bootloader: of {_rows.Count} partitions {unfit.Length} would stop the device: {string.Join(", ", unfit)}",
            missing.Length == unfit.Length
                ? $"give the images of {string.Join(", ", missing)}, too; kernelbuild boot extract takes them out of an OTA"
                : "the table says what is wrong with each; sign with your key: kernelbuild avb sign, kernelbuild avb make-vbmeta"));
    }
}
