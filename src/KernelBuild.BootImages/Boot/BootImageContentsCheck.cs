using System.Text;
using KernelBuild.BootImages.Layout;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>Whether contents fit into an image of their version; all errors at once.</summary>
internal static class BootImageContentsCheck
{
    public static List<Diagnostic> Check(BootImageContents contents)
    {
        var errors = new List<Diagnostic>();
        var version = contents.HeaderVersion;
        if (version > BootImageFields.HighestVersion)
        {
            errors.Add(Diagnostic.Error(
                DiagnosticCodes.BootImageHeaderInvalid, $"boot image header version {version} does not exist",
                "use 0 to 4; 4 for devices launched with Android 12 or later"));
            return errors;
        }

        CheckPageSize(contents, errors);
        CheckText(
            contents.CommandLine, "command line", BootImageFields.LongestCommandLine(version),
            "shorten it, or move arguments into the kernel's CONFIG_CMDLINE", errors);
        CheckText(contents.Name, "product name", BootImageFields.NameLength - 1, "shorten it: bootloaders do not need it", errors);
        if (version >= 3 && contents.Name.Length > 0)
        {
            errors.Add(Diagnostic.Error(
                DiagnosticCodes.BootImageSectionUnfit, $"a version {version} header has no product name", "leave the name empty"));
        }

        CheckSections(contents, errors);
        return errors;
    }

    private static void CheckPageSize(BootImageContents contents, List<Diagnostic> errors)
    {
        if (contents.PageSize is not { } pageSize)
        {
            return;
        }

        if (contents.HeaderVersion >= 3 && pageSize != BootImageFields.V3PageSize)
        {
            errors.Add(Diagnostic.Error(
                DiagnosticCodes.BootImageHeaderInvalid,
                $"page size {pageSize} is given, and version {contents.HeaderVersion} images always have 4096", "leave the page size out"));
        }
        else if (contents.HeaderVersion < 3 && !PageSizes.IsOffered(pageSize))
        {
            errors.Add(Diagnostic.Error(
                DiagnosticCodes.BootImageHeaderInvalid, $"page size {pageSize} is not one of 2048, 4096, 8192, 16384",
                "use the page size that `kernelbuild boot info` shows for the device's stock image"));
        }
    }

    private static void CheckText(string text, string name, int limit, string fix, List<Diagnostic> errors)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        if (length > limit)
        {
            errors.Add(Diagnostic.Error(
                DiagnosticCodes.BootImageFieldTooLong, $"the {name} has {length} bytes, and the header has room for {limit}", fix));
        }

        if (text.Contains('\0', StringComparison.Ordinal))
        {
            errors.Add(Diagnostic.Error(
                DiagnosticCodes.BootImageHeaderInvalid, $"the {name} contains a NUL, where bootloaders would cut it", "remove the NUL"));
        }
    }

    private static void CheckSections(BootImageContents contents, List<Diagnostic> errors)
    {
        var version = contents.HeaderVersion;
        var allowed = BootImageSection.KindsOf(version);
        foreach (var kind in Enum.GetValues<BootImageSectionKind>())
        {
            var isAllowed = allowed.Contains(kind) || (version == 0 && kind == BootImageSectionKind.DeviceTreeTable);
            if (!isAllowed && !BootImageComposer.Content(contents, kind).IsEmpty)
            {
                Unfit(
                    $"a version {version} image has no {BootImageSection.NameOf(kind)} section",
                    "leave it out, or choose a header version that has one");
            }
        }

        if (contents.DeviceTreeTable.Length is > 0 and <= BootImageFields.HighestVersion)
        {
            Unfit("the device-tree table is so small that its size would be read as a header version", "give a whole table");
        }

        if (version == 2 && contents.Dtb.IsEmpty)
        {
            Unfit("a version 2 image must have a device tree, and none is given", "give the dtb, or use header version 0 or 1");
        }

        void Unfit(string message, string fix) => errors.Add(Diagnostic.Error(DiagnosticCodes.BootImageSectionUnfit, message, fix));
    }
}
