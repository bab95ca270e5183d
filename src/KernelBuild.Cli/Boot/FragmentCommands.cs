using System.Collections.Immutable;
using System.CommandLine;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot fragment …</c>.</summary>
internal static class FragmentCommands
{
    public static Command Create() => new Command(
        "fragment",
        "Ramdisk fragments of a version 4 vendor_boot image: added, removed, renamed, given another type. The others keep their bytes.\n\n"
        + "Examples:\n"
        + "  kernelbuild boot fragment add vendor_boot.img dlkm modules.cpio --type dlkm -o new.img\n"
        + "  kernelbuild boot fragment rm vendor_boot.img recovery -o new.img")
    {
        Add(), Remove(), Rename(), Retype(),
    };

    private static Command Add()
    {
        var name = new Argument<string>("NAME") { Description = "The new fragment's name, at most 31 bytes" };
        var file = new Argument<string>("FILE") { Description = "A ramdisk, compressed or not" };
        var type = Arguments.Text("--type", "none, platform, recovery or dlkm; none otherwise");
        var board = Arguments.Text("--board-id", "Up to 16 numbers with commas between; for every board otherwise");
        return ImageChange.Command(
            "add",
            "Adds a fragment behind the others, compressed as the first one is unless it comes compressed.\n\n"
            + "Example: kernelbuild boot fragment add vendor_boot.img dlkm modules.cpio --type dlkm -o new.img",
            [name, file, type, board],
            (result, image, edits) => edits with
            {
                FragmentList =
                [
                    .. Fragments(image), new FragmentEdit(null, result.GetValue(name)!, TypeOf(result.GetValue(type) ?? "none"))
                    {
                        Content = InputFile.Read(result.GetValue(file)!),
                        BoardId = BoardIdOf(result.GetValue(board)),
                    },
                ],
            });
    }

    private static Command Remove()
    {
        var name = Which();
        return ImageChange.Command(
            "rm", "Takes a fragment away.\n\nExample: kernelbuild boot fragment rm vendor_boot.img recovery -o new.img", [name],
            (result, image, edits) => edits with { FragmentList = Fragments(image).RemoveAt(Find(image, result.GetValue(name)!)) });
    }

    private static Command Rename()
    {
        var (name, to) = (Which(), new Argument<string>("NEW") { Description = "Its new name, at most 31 bytes" });
        return ImageChange.Command(
            "rename", "Gives a fragment another name.\n\nExample: kernelbuild boot fragment rename vendor_boot.img 0 platform -o new.img",
            [name, to],
            (result, image, edits) => Change(image, edits, result.GetValue(name)!, one => one with { Name = result.GetValue(to)! }));
    }

    private static Command Retype()
    {
        var (name, to) = (Which(), new Argument<string>("TYPE") { Description = "none, platform, recovery or dlkm" });
        return ImageChange.Command(
            "type", "Gives a fragment another type.\n\nExample: kernelbuild boot fragment type vendor_boot.img dlkm none -o new.img",
            [name, to],
            (result, image, edits) => Change(image, edits, result.GetValue(name)!, one => one with { Type = TypeOf(result.GetValue(to)!) }));
    }

    private static Argument<string> Which() => new("FRAGMENT") { Description = "A fragment: its name, or its number from 0" };

    private static ImageEdits Change(InputImage image, ImageEdits edits, string name, Func<FragmentEdit, FragmentEdit> change)
    {
        var (fragments, index) = (Fragments(image), Find(image, name));
        return edits with { FragmentList = fragments.SetItem(index, change(fragments[index])) };
    }

    private static ImmutableArray<FragmentEdit> Fragments(InputImage image) => image.File.VendorBoot is { Ramdisks.IsEmpty: false } vendorBoot
        ? [.. Enumerable.Range(0, vendorBoot.Ramdisks.Length).Select(i => FragmentEdit.Of(vendorBoot, i))]
        : throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.EditImpossible, "the image has no ramdisk fragments", "give a version 4 vendor_boot image") with
        { File = image.Path });

    private static int Find(InputImage image, string name)
    {
        var fragments = Fragments(image);
        var found = Enumerable.Range(0, fragments.Length).Where(i => fragments[i].Name == name).ToArray();
        return found.Length == 1 ? found[0]
            : found.Length == 0 && Numbers.TryParse(name, out var number) && number < (ulong)fragments.Length ? (int)number
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible,
                found.Length == 0 ? $"the image has no fragment \"{Printable.Text(name)}\"" : $"{found.Length} fragments are called \"{name}\"",
                "one of " + string.Join(", ", fragments.Select((one, i) => $"{i} \"{Printable.Text(one.Name)}\""))) with
            { File = image.Path });
    }

    private static uint TypeOf(string text) => text.ToUpperInvariant() switch
    {
        "NONE" => 0,
        "PLATFORM" => 1,
        "RECOVERY" => 2,
        "DLKM" => 3,
        _ => throw CommandFrame.Usage($"there is no type '{Printable.Text(text)}'", "one of none, platform, recovery, dlkm"),
    };

    private static ImmutableArray<uint> BoardIdOf(string? text)
    {
        var words = new uint[VendorBootFields.EntryBoardIdWords];
        var given = text is null ? [] : text.Split(',');
        if (given.Length > words.Length)
        {
            throw CommandFrame.Usage($"--board-id has {given.Length} numbers", $"at most {words.Length}");
        }

        for (var i = 0; i < given.Length; i++)
        {
            words[i] = (uint)Numbers.Parse("--board-id", given[i].Trim(), uint.MaxValue);
        }

        return [.. words];
    }
}
