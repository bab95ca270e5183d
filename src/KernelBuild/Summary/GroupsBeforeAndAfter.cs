using System.Text.Json;
using KernelBuild.Attestation;
using KernelBuild.BootTest;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Capturing;

namespace KernelBuild.Summary;

/// <summary>The IOMMU groups that a device's last boot had, beside those of its kernel without patches.</summary>
/// <param name="Before">Null when they are not known.</param>
/// <param name="IsExpectation">Whether <see cref="Before"/> is what the device expects, and not what a boot had.</param>
public sealed record GroupsBeforeAndAfter(IommuGroups? Before, bool IsExpectation, IommuGroups After)
{
    /// <summary>Null when the device was not booted since it was built.</summary>
    public static GroupsBeforeAndAfter? Of(DeviceFolders folders)
    {
        if (LastBoot(folders) is not { } after)
        {
            return null;
        }

        if (folders.Variant.EndsWith(DeviceFolders.WithoutPatches, StringComparison.Ordinal))
        {
            return new GroupsBeforeAndAfter(null, IsExpectation: false, after);
        }

        return LastBoot(new DeviceFolders(folders.Root, folders.Variant + DeviceFolders.WithoutPatches)) is { } before
            ? new GroupsBeforeAndAfter(before, IsExpectation: false, after)
            : new GroupsBeforeAndAfter(Expected(folders), IsExpectation: true, after);
    }

    /// <summary>A table of functions, in Markdown.</summary>
    public string ToMarkdown()
    {
        var head = IsExpectation ? "without patches (as the device states)" : "without patches";
        return Before is { } before
            ? Markdown.Table(
                ["function", head, "now"],
                before.Devices.Union(After.Devices, StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(device =>
                    (string[])[Markdown.Code(device), Markdown.Text(before.Describe(device)), Markdown.Text(After.Describe(device))]))
            : Markdown.Table(
                ["function", "now"],
                After.Devices.Select(device => (string[])[Markdown.Code(device), Markdown.Text(After.Describe(device))]));
    }

    /// <summary>Of the boot test, or of the report where that is newer; not one from before the build.</summary>
    private static IommuGroups? LastBoot(DeviceFolders folders)
    {
        var test = new FileInfo(Path.Combine(folders.Artifacts, BootReports.BootTest, "result.json"));
        var report = new FileInfo(Path.Combine(folders.Artifacts, BootReports.Groups, "machine.capture"));
        var image = new FileInfo(Path.Combine(folders.Artifacts, "boot.img"));
        var newest = new[] { test, report }
            .Where(file => file.Exists && (!image.Exists || file.LastWriteTimeUtc >= image.LastWriteTimeUtc))
            .MaxBy(file => file.LastWriteTimeUtc);
        return newest is null ? null : newest == test ? OfTest(test.FullName) : OfCapture(report.FullName);
    }

    private static IommuGroups OfTest(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        static IEnumerable<string> Names(JsonElement list) => [.. list.EnumerateArray().Select(name => name.GetString()!)];
        return IommuGroups.Of(
            [.. document.RootElement.GetProperty("groups").EnumerateArray().Select(Names)],
            Names(document.RootElement.GetProperty("ungrouped")));
    }

    private static IommuGroups? OfCapture(string file) => !CaptureFile.TryRead(File.ReadAllBytes(file), out var capture, out _)
        ? null
        : IommuGroups.Of(
            capture.Functions
                .Where(function => function.Group is not null)
                .GroupBy(function => function.Group, function => function.Address.ToString()),
            capture.Functions.Where(function => function.Group is null).Select(function => function.Address.ToString()));

    private static IommuGroups? Expected(DeviceFolders folders)
    {
        try
        {
            return DeviceBuild.Load(folders.DeviceFile).Emulation.ExpectedGroupsWithoutPatches is { } file
                ? IommuGroups.Load(file) : null;
        }
        catch (DiagnosticException)
        {
            return null;
        }
    }
}
