using System.Collections.Immutable;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Comparison;
using KernelBuild.BootImages.Files;
using KernelBuild.Host.Files;
using KernelBuild.Manifest;

namespace KernelBuild.Reproducibility;

/// <summary>Two artifacts folders, product by product, down to sections, regions and entries, with the source of each difference.</summary>
/// <param name="one">A folder with manifest.json.</param>
/// <param name="other">The other.</param>
public sealed class ArtifactDiff(string one, string other)
{
    /// <summary>Empty when every product of both is the same.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">KB9050 for a folder without a manifest.</exception>
    public ImmutableArray<Difference> Run()
    {
        var (left, right) = (Products(one), Products(other));
        var names = left.Keys.Union(right.Keys).Order(StringComparer.Ordinal);
        return
        [
            // not ParallelEnumerable.SelectMany, which Native AOT cannot expand (IL3054)
            .. names.AsParallel().AsOrdered().Select(name => (left.TryGetValue(name, out var first), right.TryGetValue(name, out var second)) switch
            {
                (true, true) when first == second => [],
                (true, true) => Compare(name),
                (true, false) => [new Difference(name, "file", DifferenceCause.Missing, "only in " + one)],
                _ => (Difference[])[new Difference(name, "file", DifferenceCause.Missing, "only in " + other)],
            }).AsSequential().SelectMany(differences => differences),
        ];
    }

    /// <summary>Of the files as they are, whatever the manifests say of them.</summary>
    private static Dictionary<string, Sha256Digest> Products(string folder) => BuildManifest.Read(Path.Combine(folder, BuildManifest.FileName))
        .Outputs.AsParallel()
        .Select(output => (output.Path, File: Path.Combine(folder, output.Path)))
        .Where(output => File.Exists(output.File))
        .ToDictionary(output => output.Path, output => Sha256Digest.OfFile(output.File), StringComparer.Ordinal);

    private Difference[] Compare(string name)
    {
        var (first, second) = (Read(one, name), Read(other, name));
        var found = Path.GetFileName(name) switch
        {
            "config" => TextDiff.OfConfigurations(name, first, second),
            "System.map" => TextDiff.OfSymbols(name, first, second),
            "Image" or "Image.gz" => Kernel(name, first, second),
            _ when first.Span.StartsWith("\u007fELF"u8) && second.Span.StartsWith("\u007fELF"u8) =>
                ElfDiff.Compare(name, first, second, SymbolsOf(one)),
            _ when name.EndsWith(".img", StringComparison.Ordinal) => Image(name, first, second),
            _ => new CompressedDiff(name).Compare(first, second, Unknown),
        };
        var differences = found.ToArray();
        return differences.Length > 0 ? differences : [new Difference(name, "file", DifferenceCause.Unknown)];
    }

    private IEnumerable<Difference> Kernel(string name, ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) =>
        new CompressedDiff(name).Compare(
            first, second, (a, b) => KernelDiff.Compare(name, a, b, SymbolsOf(one), SymbolsOf(other)));

    private IEnumerable<Difference> Image(string name, ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        if (!ImageFile.TryRead(first, out var left, out _) || !ImageFile.TryRead(second, out var right, out _))
        {
            yield return new Difference(name, "file", DifferenceCause.Unknown);
            yield break;
        }

        foreach (var change in ImageComparison.Compare(left, right).Where(change => change.Kind is not ("same" or "moved")))
        {
            if (change.Old is not { } old || change.New is not { } now)
            {
                yield return new Difference(name, change.Name, DifferenceCause.BootHeader, change.Kind);
                continue;
            }

            // sizes of sections, and their fill, follow from the sections
            if (change.Name.EndsWith("padding", StringComparison.Ordinal) || (change.Name == "header" && SaysTheSame(first, second)))
            {
                continue;
            }

            var (a, b) = (first.Slice((int)old.Offset, (int)old.Size), second.Slice((int)now.Offset, (int)now.Size));
            IEnumerable<Difference> inside = change.Name switch
            {
                "kernel" => new CompressedDiff(name).Compare(a, b, (x, y) => KernelDiff.Compare(name, x, y, SymbolsOf(one), SymbolsOf(other))),
                var region when region.Contains("ramdisk", StringComparison.Ordinal) =>
                    new CompressedDiff(name).Compare(a, b, (x, y) => RamdiskDiff.Compare(name, region, x, y)),
                "header" or "boot header" => [new Difference(name, change.Name, DifferenceCause.BootHeader)],
                var region when region.Contains("AVB", StringComparison.OrdinalIgnoreCase) || region.Contains("signature", StringComparison.Ordinal) =>
                    [new Difference(name, region, DifferenceCause.Signature)],
                var region => [new Difference(name, region, DifferenceCause.Unknown)],
            };
            foreach (var difference in inside)
            {
                yield return difference;
            }
        }
    }

    private static bool SaysTheSame(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        if (!first.Span.StartsWith("ANDROID!"u8) || !second.Span.StartsWith("ANDROID!"u8))
        {
            return false;
        }

        var (one, other) = (BootImage.Read(first), BootImage.Read(second));
        return (one.HeaderVersion, one.PageSize, one.OsVersion, one.CommandLine) == (other.HeaderVersion, other.PageSize, other.OsVersion, other.CommandLine)
            && one.NameField.Span.SequenceEqual(other.NameField.Span) && one.Addresses == other.Addresses;
    }

    private static KernelSymbols SymbolsOf(string folder) => KernelSymbols.Load(Path.Combine(folder, "System.map"));

    private static ReadOnlyMemory<byte> Read(string folder, string name) => InputFile.Read(Path.Combine(folder, name));

    private IEnumerable<Difference> Unknown(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => [];
}
