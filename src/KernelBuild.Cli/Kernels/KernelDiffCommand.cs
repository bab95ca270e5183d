using System.CommandLine;
using System.Globalization;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Differences;

namespace KernelBuild.Cli.Kernels;

/// <summary><c>kernelbuild kernel diff A B</c>.</summary>
internal static class KernelDiffCommand
{
    private const int MostNames = 8;
    private const int FewestOfAGroup = 4;

    /// <summary>What our users look for comes first.</summary>
    private static readonly string[] _near = ["iommu", "smmu", "sysmmu", "vfio", "pci", "dma", "acs", "ats", "msi"];

    public static Command Create()
    {
        var from = Arguments.File("A", "boot.img, a compressed or raw arm64 kernel, or vmlinux: mainline's, or the stock kernel");
        var to = Arguments.File("B", "The other: a vendor's, or the new kernel");
        var all = new Option<bool>("--all") { Description = "Every function, instead of groups of names" };
        var json = KernelOptions.Json();
        var command = new Command(
            "diff",
            "Shows what a kernel has and another has not: options, functions, device-tree properties that are read, quirk and match tables, "
            + "operation tables, layouts of structures. With mainline's kernel of the same version for A, that is what the vendor changed.\n\n"
            + "Examples:\n"
            + "  kernelbuild kernel diff mainline/Image vendor-boot.img\n"
            + "  kernelbuild kernel diff stock-boot.img artifacts/DEVICE/boot.img --json | jq '.properties'")
        {
            from, to, all, json,
        };
        command.OnRun((result, output, errors) =>
        {
            var (one, other) = (InputKernel.Read(result.GetValue(from)!), InputKernel.Read(result.GetValue(to)!));
            one.Symbols();
            other.Symbols();
            var difference = KernelComparison.Of(one.Image, other.Image);
            Diagnostic[] findings = [.. NotCompared(other.Path, difference)];
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    new KernelDiffReport(
                        one.Path, other.Path, difference.From.Version, difference.To.Version, difference.ConfigurationSource, difference.Options,
                        difference.Functions, difference.Properties, difference.TableEntries, difference.OperationSource, difference.Operations,
                        difference.Layouts, difference.LayoutSource)
                    { Findings = [.. findings.Select(FindingInfo.From)] },
                    KernelJson.Default.KernelDiffReport);
            }
            else
            {
                Write(one.Path, other.Path, difference, result.GetValue(all), output);
            }

            CommandFrame.Warn(findings, errors);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>What the answer leaves open, and how to get it.</summary>
    private static IEnumerable<Diagnostic> NotCompared(string file, KernelDifference difference)
    {
        if (!difference.IsOneVersion)
        {
            yield return Unknown(
                $"the kernels are {Version(difference.From.Version)} and {Version(difference.To.Version)}: much of what differs is Linux's own change",
                "compare with mainline's kernel of the same version: a device project with its source builds it");
        }

        if (difference.ConfigurationSource == "inferred")
        {
            yield return Unknown(
                "one of the kernels carries no configuration (IKCONFIG): only options that symbols prove were compared",
                "a running device may have it in /proc/config.gz");
        }

        if (difference.OperationSource == "unknown")
        {
            yield return Unknown(
                "operation tables were not compared: one of the kernels has neither types (BTF) nor names of data (KALLSYMS_ALL)",
                "kernel callers IMAGE FUNCTION shows single tables by their address");
        }

        if (difference.LayoutSource == "unknown")
        {
            yield return Unknown(
                "structures were not compared: one of the kernels has no types (BTF)",
                "compare with a kernel that has CONFIG_DEBUG_INFO_BTF; pahole shows them in a vmlinux with debug information");
        }

        Diagnostic Unknown(string message, string fix) =>
            Diagnostic.Warning(DiagnosticCodes.KernelsNotAlike, message, fix) with { File = file };
    }

    private static string Version(string version) => version.Length == 0 ? "of unknown version" : version;

    private static void Write(string one, string other, KernelDifference difference, bool all, TextWriter output)
    {
        output.WriteLine($"- {one}: {Version(difference.From.Version)}");
        output.WriteLine($"+ {other}: {Version(difference.To.Version)}");
        Section("operation tables", difference.Operations.Select(item =>
            Line(item.IsAdded, $"{item.Member} {item.Function}{(item.Table.Length == 0 || item.Member.StartsWith(item.Table, StringComparison.Ordinal) ? "" : $" ({item.Table})")}")),
            difference.OperationSource);
        Section("tables", difference.TableEntries.Select(item => Line(item.IsAdded, $"{item.Table}: {item.Entry}")));
        Section("properties that are read", difference.Properties.Select(item => Line(item.IsAdded, $"{item.Name} ({Names(item.Functions)})")));
        Section("structures", difference.Layouts.SelectMany(Lines), difference.LayoutSource);
        Section(
            $"options ({difference.ConfigurationSource})",
            difference.Options.Select(option => option.From is null ? Line(true, $"{option.Name}={option.To}")
                : option.To is null ? Line(false, $"{option.Name}={option.From}") : $"  {option.Name}={option.From} -> {option.To}"));
        Section("functions", all ? difference.Functions.Select(item => Line(item.IsAdded, item.Name)) : Groups(difference));

        void Section(string title, IEnumerable<string> lines, string source = "")
        {
            string[] text = [.. lines];
            output.WriteLine($"\n{title}: {(source == "unknown" ? "not compared" : text.Length == 0 ? "no difference" : "")}".TrimEnd());
            foreach (var line in text)
            {
                output.WriteLine("  " + Printable.Text(line));
            }
        }
    }

    /// <summary>By the words in front of their names, those around the IOMMU first, then the largest groups.</summary>
    private static IEnumerable<string> Groups(KernelDifference difference) => difference.Functions
        .GroupBy(item => (item.IsAdded, Prefix: Prefix(item.Name)))
        .SelectMany(group => group.Count() >= FewestOfAGroup
            ? [(group.Key.IsAdded, group.Key.Prefix, Names: group.Select(item => item.Name).ToArray())]
            : group.Select(item => (item.IsAdded, Prefix: item.Name, Names: (string[])[item.Name])))
        .OrderBy(group => Array.Exists(_near, near => group.Names.Any(name => name.Contains(near, StringComparison.Ordinal))) ? 0 : 1)
        .ThenByDescending(group => group.Names.Length)
        .ThenBy(group => group.Prefix, StringComparer.Ordinal)
        .Select(group => Line(group.IsAdded, group.Names.Length == 1
            ? group.Names[0]
            : string.Create(CultureInfo.InvariantCulture, $"{group.Prefix}… {group.Names.Length}: {Names(group.Names)}")));

    private static string Prefix(string name)
    {
        var words = name.TrimStart('_').Split('_');
        return words.Length > 1 ? name[..(name.Length - name.TrimStart('_').Length)] + words[0] + "_" : name;
    }

    private static IEnumerable<string> Lines(LayoutDifference layout) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"  {layout.Name}: {layout.From} -> {layout.To} bytes"),
        .. layout.Removed.Select(member => "  " + Line(false, member)), .. layout.Added.Select(member => "  " + Line(true, member)),
    ];

    private static string Line(bool isAdded, string text) => (isAdded ? "+ " : "- ") + text;

    private static string Names(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostNames)) + (names.Count > MostNames ? ", …" : "");
}
