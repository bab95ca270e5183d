using System.Diagnostics;
using System.Globalization;
using KernelBuild.Testing.BootImages;

namespace KernelBuild.Benchmarks;

/// <summary>Single changed bytes in what a digest, id or signature covers, in every image.</summary>
internal static class Flips
{
    /// <summary>1 when one was not noticed.</summary>
    public static int Run(int count, int seed)
    {
        var missed = 0;
        foreach (var image in FlippedImage.All())
        {
            var watch = Stopwatch.StartNew();
            var unnoticed = image.Unnoticed(count, seed);
            missed += unnoticed.Count;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{image.Name,-32} {count} flips in {image.Covered.Sum(range => range.Length)} covered bytes, {unnoticed.Count} not "
                + $"noticed{(unnoticed.Count == 0 ? "" : $", the first at 0x{unnoticed[0]:x}")}, {watch.Elapsed.TotalSeconds:0} s"));
        }

        return missed == 0 ? 0 : 1;
    }
}
