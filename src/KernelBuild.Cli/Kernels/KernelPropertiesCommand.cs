using System.CommandLine;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Properties;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel properties IMAGE</c>.</summary>
internal static class KernelPropertiesCommand
{
    public static Command Create()
    {
        var image = KernelOptions.Image();
        var functions = KernelOptions.Functions("Only functions whose name contains one of these", ArgumentArity.ZeroOrMore);
        var against = Arguments.Text(
            "--against",
            "Another kernel, such as mainline's: only properties that it does not read are shown, the vendor's undocumented interface");
        var json = KernelOptions.Json();
        var command = new Command(
            "properties",
            "Shows which device-tree properties a kernel's functions really read: the names that reach the accessors (of_property_read_*, "
            + "device_property_*, of_parse_phandle* …), over all paths to each call. "
            + "Calls whose name is made at run time are listed as unresolved.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel properties boot.img smmu iommu\n"
            + "  kernelbuild kernel properties vendor-boot.img --against mainline-Image")
        {
            image,
            functions,
            against,
            json,
        };
        command.OnRun((result, output, _) =>
        {
            var kernel = InputKernel.Read(result.GetValue(image)!);
            kernel.Symbols();
            var parts = result.GetValue(functions) ?? [];
            var reads = new PropertySearch(kernel.Image)
                .Find()
                .Where(read => parts.Length == 0 || parts.Any(part => read.Function.Contains(part, StringComparison.Ordinal)))
                .ToArray();
            if (result.GetValue(against) is { } other)
            {
                reads = Unknown(reads, InputKernel.Read(other));
            }

            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    new KernelPropertiesReport(
                        kernel.Path, reads.Length, reads.Count(read => read.IsResolved),
                        [.. reads.Select(read => new ReadInfo(
                            read.Function, KernelOptions.Hex(read.Address), read.Accessor, read.Properties, read.PassedOn))]),
                    KernelJson.Default.KernelPropertiesReport);
            }
            else
            {
                Write(reads, output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>What another kernel reads nowhere.</summary>
    private static PropertyRead[] Unknown(PropertyRead[] reads, InputKernel other)
    {
        other.Symbols();
        var known = new PropertySearch(other.Image).Find().SelectMany(read => read.Properties).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. reads
                .Select(read => read with { Properties = [.. read.Properties.Where(property => !known.Contains(property))] })
                .Where(read => !read.Properties.IsEmpty),
        ];
    }

    private static void Write(PropertyRead[] reads, TextWriter output)
    {
        foreach (var function in reads
            .Where(read => !read.Properties.IsEmpty)
            .GroupBy(read => read.Function, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var names = function.SelectMany(read => read.Properties).Distinct().Order(StringComparer.Ordinal);
            output.WriteLine(Printable.Text($"{function.Key}: {string.Join(' ', names)}"));
        }

        var unresolved = reads.Where(read => !read.IsResolved).ToArray();
        output.WriteLine(
            $"{Counted.Of(reads.Length, "call")}, {reads.Length - unresolved.Length} resolved, {reads.Count(read => read.PassedOn)} of "
            + $"them pass on an argument of their own function");
        foreach (var read in unresolved)
        {
            output.WriteLine($"  unresolved: {read.Function} at {KernelOptions.Hex(read.Address)} calls {read.Accessor}");
        }
    }
}
