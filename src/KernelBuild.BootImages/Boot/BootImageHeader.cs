using System.Collections.Immutable;
using KernelBuild.BootImages.Layout;

namespace KernelBuild.BootImages.Boot;

/// <summary>
/// The header of a boot image, every field as stored and none of it checked; <see cref="BootImage"/> is what it says. Fields that a version
/// does not have are 0 or empty.
/// </summary>
internal sealed record BootImageHeader
{
    public BootHeaderForm Form { get; init; }

    /// <summary>0 to 4.</summary>
    public required uint Version { get; init; }

    /// <summary>The sections whose sizes the header has, in the order of the file.</summary>
    public required ImmutableArray<BootImageSectionKind> Kinds { get; init; }

    /// <summary>Bytes of each of these sections.</summary>
    public required ImmutableArray<uint> Sizes { get; init; }

    /// <summary>Versions 3 and 4 have no such field: 4096.</summary>
    public required uint PageSize { get; init; }

    public uint HeaderSize { get; init; }

    public uint OsVersion { get; init; }

    public BootAddresses Addresses { get; init; } = BootAddresses.None;

    public ulong RecoveryDtboOffset { get; init; }

    public uint PxaUnknown { get; init; }

    public ReadOnlyMemory<byte> Name { get; init; }

    public ReadOnlyMemory<byte> CommandLine { get; init; }

    public ReadOnlyMemory<byte> ExtraCommandLine { get; init; }

    public ReadOnlyMemory<byte> Id { get; init; }

    public ReadOnlyMemory<byte> Reserved { get; init; }

    /// <summary>Bytes of the fields, padding not counted.</summary>
    public int Length => LengthOf(Form, Version);

    public static int LengthOf(BootHeaderForm form, uint version) =>
        form == BootHeaderForm.Pxa ? BootImageFields.PxaHeaderLength : BootImageFields.HeaderLength(version);

    /// <summary>The header that an image is written with.</summary>
    public static BootImageHeader Of(BootImage image) => new()
    {
        Form = image.Form,
        Version = image.HeaderVersion,
        Kinds = [.. image.Sections.Select(section => section.Kind)],
        Sizes = [.. image.Sections.Select(section => (uint)section.Content.Length)],
        PageSize = image.PageSize,
        HeaderSize = image.HeaderSize,
        OsVersion = image.OsVersion.Raw,
        Addresses = image.Addresses,
        RecoveryDtboOffset = image.RecoveryDtboOffset,
        PxaUnknown = image.PxaUnknown,
        Name = image.NameField,
        CommandLine = image.CommandLineField,
        ExtraCommandLine = image.ExtraCommandLineField,
        Id = image.Id,
        Reserved = image.Reserved,
    };

    /// <summary>The image that it is the header of.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="sections">What was found where the header says.</param>
    /// <param name="tail">What follows them.</param>
    public BootImage ToImage(ReadOnlyMemory<byte> bytes, ImmutableArray<BootImageSection> sections, ReadOnlyMemory<byte> tail) => new()
    {
        Form = Form,
        HeaderVersion = Version,
        PageSize = PageSize,
        HeaderSize = HeaderSize,
        OsVersion = new OsVersion(OsVersion),
        Addresses = Addresses,
        RecoveryDtboOffset = RecoveryDtboOffset,
        PxaUnknown = PxaUnknown,
        NameField = Name,
        CommandLineField = CommandLine,
        ExtraCommandLineField = ExtraCommandLine,
        Id = Id,
        Reserved = Reserved,
        HeaderPadding = bytes[Length..(int)PageSize],
        Sections = sections,
        Tail = tail,
    };

    /// <summary>The bytes, magic included.</summary>
    public byte[] ToArray() => Form == BootHeaderForm.Pxa ? PxaHeader.Write(this) : StandardHeader.Write(this);
}
