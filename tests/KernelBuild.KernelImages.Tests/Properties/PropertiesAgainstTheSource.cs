using System.Text;
using System.Text.RegularExpressions;
using KernelBuild.KernelImages.Properties;
using KernelBuild.Testing.KernelImages;

namespace KernelBuild.KernelImages.Tests.Properties;

/// <summary>
/// Properties of our own build against the source: the files that were compiled, which functions each of them defines (nm of its object),
/// and the strings in them.
/// </summary>
public sealed partial class PropertiesAgainstTheSource
{
    [FactWithKernel("own source", "llvm-nm-19")]
    public void At_least_95_per_cent_of_the_calls_are_resolved_and_every_property_stands_in_the_source_of_the_function_that_reads_it()
    {
        var reads = new PropertySearch(OwnKernel.Open()).Find();
        var files = SourceFiles();
        var texts = files.Values
            .SelectMany(file => file)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(file => file, File.ReadAllText, StringComparer.Ordinal);

        (reads.Count(read => read.IsResolved) * 100.0 / reads.Length).ShouldBeGreaterThanOrEqualTo(95);
        reads.Length.ShouldBeGreaterThan(300);
        var wrong = new List<string>();
        foreach (var read in reads.Where(read => !read.Properties.IsEmpty))
        {
            files.TryGetValue(read.Function, out var own).ShouldBeTrue(read.Function);
            foreach (var property in read.Properties.Where(property => !own!.Any(file => IsIn(texts[file], property))))
            {
                wrong.Add($"{read.Function}: {property}");
            }
        }

        // Names that the preprocessor makes, or that stand in a header.
        wrong.Where(line => !InHeader(line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..])).ShouldBeEmpty();
    }

    [FactWithKernel("own source", "llvm-nm-19")]
    public void What_the_SMMU_drivers_read_by_their_source_is_found_in_the_image()
    {
        var reads = new PropertySearch(OwnKernel.Open()).Find();
        var found = reads.SelectMany(read => read.Properties).ToHashSet(StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (var file in (string[])
        [
            "drivers/iommu/arm/arm-smmu/arm-smmu.c", "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", "drivers/iommu/of_iommu.c",
            "drivers/pci/of.c", "drivers/of/base.c", "drivers/of/irq.c",
        ])
        {
            var source = File.ReadAllText(Path.Combine(OwnKernel.Source, file));
            missing.AddRange(
                Accessor()
                    .Matches(source)
                    .Select(match => match.Groups[1].Value)
                    .Where(property => !found.Contains(property))
                    .Select(property => $"{file}: {property}"));
        }

        // only functions that this configuration leaves out
        missing.Count.ShouldBeLessThanOrEqualTo(6, string.Join(", ", missing));
    }

    /// <summary>
    /// The source files that define a function of each name: of every object that was built the functions, and the file it came from.
    /// </summary>
    private static Dictionary<string, List<string>> SourceFiles()
    {
        var found = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var folder in (string[])["arch/arm64", "drivers", "kernel", "mm", "init", "net", "fs", "block", "security", "lib", "virt"])
        {
            var objects = Directory.Exists(Path.Combine(OwnKernel.Output, folder))
                ? Directory.GetFiles(Path.Combine(OwnKernel.Output, folder), "*.o", SearchOption.AllDirectories)
                : [];
            foreach (var file in objects)
            {
                var source = Path.Combine(OwnKernel.Source, Path.ChangeExtension(Path.GetRelativePath(OwnKernel.Output, file), ".c"));
                if (!File.Exists(source))
                {
                    continue;
                }

                foreach (var line in Encoding.UTF8.GetString(Oracle.Output("llvm-nm-19", ["--defined-only", file])).Split('\n'))
                {
                    if (line.Split(' ') is [_, "t" or "T" or "W" or "w", var name])
                    {
                        (found.TryGetValue(name, out var files) ? files : found[name] = []).Add(source);
                    }
                }
            }
        }

        return found;
    }

    /// <summary>The property as a string, or with the preprocessor's pasting: "#" #name, "-" and so on.</summary>
    private static bool IsIn(string source, string property) => source.Contains($"\"{property}\"", StringComparison.Ordinal);

    private static bool InHeader(string property) =>
        ((string[])
        [
            "include/linux/of.h", "include/linux/property.h", "include/linux/of_gpio.h", "include/linux/power_supply.h",
            "drivers/of/of_private.h", "drivers/of/address.c", "drivers/of/base.c", "drivers/iommu/arm/arm-smmu/arm-smmu.h",
        ])
        .Any(file => File.ReadAllText(Path.Combine(OwnKernel.Source, file)).Contains($"\"{property}\"", StringComparison.Ordinal));

    [GeneratedRegex(
        @"\b(?:of_property_read_\w+|of_find_property|of_get_property|of_property_count_\w+|of_property_match_string|device_property_\w+)\(\s*[^,;()]+,\s*""([^""]+)""")]
    private static partial Regex Accessor();
}
