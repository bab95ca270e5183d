using System.IO.Compression;
using KernelBuild.KernelImages.Containers;
using KernelBuild.KernelImages.Image;

namespace KernelBuild.Testing.KernelImages;

/// <summary>The small kernels of tests/data/kernels, with their right answers.</summary>
public static class FieldKernels
{
    private static readonly string Folder = Repository.PathOf("tests", "data", "kernels");

    /// <summary>All of them, by name.</summary>
    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Folder, "*.Image.gz")
            .Select(path => Path.GetFileName(path)[..^".Image.gz".Length])
            .Order(StringComparer.Ordinal);

    public static KernelImage Open(string name) =>
        KernelFile.TryRead(File.ReadAllBytes(PathOf(name + ".Image.gz")), out var file, out var error)
            ? file.Open()
            : throw new InvalidDataException(error.ToString());

    public static byte[] Image(string name) => Open(name).Bytes.ToArray();

    /// <summary>What the kernel itself would list.</summary>
    public static byte[] Symbols(string name)
    {
        using var stream = new GZipStream(File.OpenRead(PathOf(name + ".symbols.gz")), CompressionMode.Decompress);
        var text = new MemoryStream();
        stream.CopyTo(text);
        return text.ToArray();
    }

    public static ulong Base(string name) => Convert.ToUInt64(File.ReadAllText(PathOf(name + ".base")).Trim(), 16);

    /// <summary>Functions, and where a table points to them ("arm_smmu_ops+0x8").</summary>
    public static IEnumerable<(string Function, string Place)> Pointers(string name) =>
        File.ReadLines(PathOf(name + ".callers")).Select(line => line.Split(' ')).Select(words => (words[0], words[1]));

    private static string PathOf(string name) => Path.Combine(Folder, name);
}
