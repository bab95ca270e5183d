using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Capturing;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.Iommu.Tests;

/// <summary>A run of a real kernel under QEMU that was written down: its groups, and what it formed them from.</summary>
internal sealed record LabRecord(string Text)
{
    public static string Folder { get; } = Repository.PathOf("tests", "data", "iommu");

    public static LabRecord Read(string name) => new(File.ReadAllText(FileOf(name)));

    public static string FileOf(string name) => Path.Combine(Folder, name);

    /// <summary>The tree of QEMU's virt machine, its iommu-map replaced.</summary>
    public static IommuTree Virt(string? map = null, string? mask = null)
    {
        var source = File.ReadAllText(FileOf("virt-smmuv3.dts"));
        const string full = "iommu-map = <0x00 0x8005 0x00 0x10000>;";
        source.ShouldContain(full);
        return new IommuTree(DeviceTree.Read(Dtc.Compile(source.Replace(full, (map ?? full) + (mask ?? ""), StringComparison.Ordinal))));
    }

    /// <summary>Lines "G NUMBER DEVICE …" and "N DEVICE" after @@@ AFTER: the groups once vfio-pci was bound to everything.</summary>
    public GroupPartition Partition => GroupPartition.Of(
        Section("AFTER")
            .Where(line => line.StartsWith("G ", StringComparison.Ordinal))
            .Select(line => line.Split(' '))
            .GroupBy(words => words[1], words => words[2]),
        Section("AFTER").Where(line => line.StartsWith("N ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]));

    /// <summary>Only the hexadecimal part.</summary>
    public Capture Hexadecimal => Capture(string.Join('\n', Section("CFG")));

    /// <summary>Only the sentences.</summary>
    public Capture Sentences => Capture(string.Join('\n', Section("LSPCI")));

    public Capture Whole => Capture(Text);

    private static Capture Capture(string text) =>
        CaptureReader.TryRead(System.Text.Encoding.Latin1.GetBytes(text), out var capture, out var error)
            ? capture
            : throw new Diagnostics.DiagnosticException(error);

    private IEnumerable<string> Section(string name) => Text.Split('\n').Select(line => line.TrimEnd('\r'))
        .SkipWhile(line => line != "@@@ " + name).Skip(1).TakeWhile(line => !line.StartsWith("@@@ ", StringComparison.Ordinal));
}
