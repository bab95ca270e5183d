using System.Collections.Immutable;
using System.Text;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Boot;

/// <summary>Lays out a new image by the rules of AOSP's mkbootimg.</summary>
internal static class BootImageComposer
{
    public static BootImage Compose(BootImageContents contents)
    {
        var errors = BootImageContentsCheck.Check(contents);
        if (errors.Count > 0)
        {
            throw new DiagnosticException(errors);
        }

        return contents.HeaderVersion >= 3 ? ComposeV3(contents) : ComposeV0(contents);
    }

    private static BootImage ComposeV3(BootImageContents contents)
    {
        var headerLength = BootImageFields.HeaderLength(contents.HeaderVersion);
        return new BootImage
        {
            HeaderVersion = contents.HeaderVersion,
            PageSize = BootImageFields.V3PageSize,
            HeaderSize = (uint)headerLength,
            OsVersion = contents.OsVersion,
            Reserved = new byte[BootImageFields.V3ReservedLength],
            CommandLineField = HeaderText.Field(Encoding.UTF8.GetBytes(contents.CommandLine), BootImageFields.V3CommandLineLength),
            HeaderPadding = new byte[BootImageFields.V3PageSize - headerLength],
            Sections = LayOut(contents, BootImageFields.V3PageSize),
        };
    }

    private static BootImage ComposeV0(BootImageContents contents)
    {
        var version = contents.HeaderVersion;
        var pageSize = contents.PageSize ?? PageSizes.Smallest;
        var headerLength = BootImageFields.HeaderLength(version);
        var sections = LayOut(contents, pageSize);
        var recoveryDtbo = sections.FirstOrDefault(s => s.Kind == BootImageSectionKind.RecoveryDtbo && !s.Content.IsEmpty);

        // The first field keeps a NUL at its end, so that a bootloader which reads only that field finds one.
        var commandLine = Encoding.UTF8.GetBytes(contents.CommandLine);
        var split = Math.Min(commandLine.Length, BootImageFields.CommandLineLength - 1);
        var image = new BootImage
        {
            HeaderVersion = version,
            PageSize = pageSize,
            HeaderSize = version >= 1 ? (uint)headerLength : 0,
            OsVersion = contents.OsVersion,
            Addresses = contents.Addresses with
            {
                Ramdisk = contents.Ramdisk.IsEmpty ? 0 : contents.Addresses.Ramdisk,
                Second = contents.Second.IsEmpty ? 0 : contents.Addresses.Second,
                Dtb = version >= 2 ? contents.Addresses.Dtb : 0,
            },
            RecoveryDtboOffset = (ulong)(recoveryDtbo?.Offset ?? 0),
            NameField = HeaderText.Field(Encoding.UTF8.GetBytes(contents.Name), BootImageFields.NameLength),
            CommandLineField = HeaderText.Field(commandLine.AsSpan(0, split), BootImageFields.CommandLineLength),
            ExtraCommandLineField = HeaderText.Field(commandLine.AsSpan(split), BootImageFields.ExtraCommandLineLength),
            HeaderPadding = new byte[pageSize - headerLength],
            Sections = sections,
        };
        return image with { Id = BootImageId.Compute(image, BootImageIdState.MatchesSha1) };
    }

    private static ImmutableArray<BootImageSection> LayOut(BootImageContents contents, uint pageSize)
    {
        var sections = ImmutableArray.CreateBuilder<BootImageSection>();
        long offset = pageSize;
        foreach (var kind in contents.DeviceTreeTable.IsEmpty ? BootImageSection.KindsOf(contents.HeaderVersion) : DeviceTreeTable.Kinds)
        {
            var content = Content(contents, kind);
            var padding = new byte[Align.Padding(content.Length, pageSize)];
            sections.Add(new BootImageSection(kind, offset, content, padding));
            offset += content.Length + padding.Length;
        }

        return sections.ToImmutable();
    }

    internal static ReadOnlyMemory<byte> Content(BootImageContents contents, BootImageSectionKind kind) => kind switch
    {
        BootImageSectionKind.Kernel => contents.Kernel,
        BootImageSectionKind.Ramdisk => contents.Ramdisk,
        BootImageSectionKind.Second => contents.Second,
        BootImageSectionKind.RecoveryDtbo => contents.RecoveryDtbo,
        BootImageSectionKind.Dtb => contents.Dtb,
        BootImageSectionKind.DeviceTreeTable => contents.DeviceTreeTable,
        _ => contents.Signature,
    };
}
