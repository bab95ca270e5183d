using System.CommandLine;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.BootImages.Vendors;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Boot;

/// <summary>Which ramdisk of which image, for every command that reads or changes one.</summary>
internal sealed class RamdiskOptions
{
    private readonly Option<string?> _fragment = Arguments.Text(
        "--fragment", "Which fragment of a vendor_boot image: its name, or its number from 0; needed when there are several");

    public Argument<string> Image { get; } = Arguments.File("IMAGE", "A boot, init_boot, recovery or vendor_boot image");

    public void AddFragment(Command command) => command.Options.Add(_fragment);

    /// <summary>A command that changes a ramdisk and writes the image.</summary>
    public static Command Edit(
        string name, string description, Argument[] arguments, Option[] further, Action<ParseResult, RamdiskFiles> change)
    {
        var options = new RamdiskOptions();
        var edit = new EditOptions();
        var output = new OutputOptions();
        var vbmeta = new VbmetaOptions();
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(name, description) { options.Image };
        foreach (var argument in arguments)
        {
            command.Arguments.Add(argument);
        }

        foreach (var option in (Option[])[.. further, json, .. edit.Signing])
        {
            command.Options.Add(option);
        }

        options.AddFragment(command);
        vbmeta.AddTo(command);
        output.AddTo(command);
        command.OnRun((result, writer, _) =>
        {
            var (image, files, fragment) = options.Read(result);
            var place = output.Of(result, image.Path);
            change(result, files);
            using var keys = edit.ReadKeys(result, image.File, needsAvb: vbmeta.IsGiven(result));
            var edits = edit.ReadStorage(result, keys);
            var stored = files.Stored();
            edits = fragment is { } index
                ? edits with { FragmentsByIndex = edits.FragmentsByIndex.SetItem(index, stored) }
                : edits with { Ramdisk = stored };
            edit.RequireEffect(result, image.File, edits, vbmeta.Signing(result));
            vbmeta.Write(
                result, (image, ImageEditor.Apply(image.File, edits), place), keys.Avb, edit.KeySource(result), output.IsInPlace(result),
                result.GetValue(json), writer);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The image, its ramdisk, and the number of the fragment that it is; null for the only ramdisk of an image.</summary>
    /// <exception cref="DiagnosticException">KB9012, KB5031: no such ramdisk; or what is wrong with it.</exception>
    public (InputImage Image, RamdiskFiles Files, int? Fragment) Read(ParseResult result)
    {
        var image = InputImage.Read(result.GetValue(Image)!);
        var name = result.GetValue(_fragment);
        var (ramdisk, fragment) = Ramdisk(image, name);
        if (ramdisk.IsEmpty)
        {
            throw NoRamdisk(image, "the image has no ramdisk", "init_boot.img or vendor_boot.img has it");
        }

        try
        {
            return (image, RamdiskFiles.Read(ramdisk), fragment);
        }
        catch (DiagnosticException exception)
        {
            throw new DiagnosticException([.. exception.Diagnostics.Select(error =>
                error with { File = image.Path, Message = $"in the ramdisk: {error.Message}" })]);
        }
    }

    private static (ReadOnlyMemory<byte> Ramdisk, int? Fragment) Ramdisk(InputImage image, string? name)
    {
        if (image.File.VendorBoot is { Ramdisks.IsEmpty: false } vendorBoot)
        {
            var index = IndexOf(image, vendorBoot.Ramdisks.Select(ramdisk => ramdisk.Name).ToArray(), name);
            return (vendorBoot.Ramdisks[index].Content, index);
        }

        if (name is not null)
        {
            throw NoRamdisk(image, "the image has no fragments", "leave --fragment out");
        }

        return (image.File.Boot is { } boot ? SectionParts.OfRamdisk(boot.Ramdisk).Stream : image.File.VendorBoot?.Ramdisk ?? default,
            null);
    }

    private static int IndexOf(InputImage image, string[] names, string? name)
    {
        var shown = string.Join(", ", names.Select((one, i) => $"{i} \"{Printable.Text(one)}\""));
        if (name is null)
        {
            return names.Length == 1 ? 0 : throw NoRamdisk(image, $"the image has {names.Length} fragments",
                $"say which: --fragment, one of {shown}");
        }

        var found = Array.FindAll([.. Enumerable.Range(0, names.Length)], i => names[i] == name);
        return found.Length == 1 ? found[0]
            : found.Length == 0 && Numbers.TryParse(name, out var number) && number < (ulong)names.Length ? (int)number
            : throw NoRamdisk(
                image, found.Length == 0 ? $"the image has no fragment \"{name}\"" : $"{found.Length} fragments are called \"{name}\"",
                $"one of {shown}");
    }

    private static DiagnosticException NoRamdisk(InputImage image, string message, string fix) =>
        new(Diagnostic.Error(DiagnosticCodes.EditImpossible, message, fix) with { File = image.Path });
}
