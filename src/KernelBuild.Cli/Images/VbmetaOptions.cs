using System.Buffers;
using System.CommandLine;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Editing;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Verification;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Compression.Recognition;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Images;

/// <summary>The vbmeta image that follows an image that changes.</summary>
internal sealed class VbmetaOptions
{
    private readonly Option<string?> _vbmeta = Arguments.Text(
        "--vbmeta", "A vbmeta image with a descriptor of the partition, which is updated too");
    private readonly Option<string?> _output = Arguments.Text(
        "--vbmeta-output", "Where to write it; with --in-place it is written over, and a copy stays");
    private readonly Option<string?> _key = Arguments.Text("--vbmeta-key", "Signs it; --key otherwise");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_vbmeta, _output, _key])
        {
            command.Options.Add(option);
        }
    }

    public bool IsGiven(ParseResult result) => result.GetValue(_vbmeta) is not null;

    /// <summary>Writes an edited image, and the vbmeta image that is given, both or neither.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="image">The image, and where it goes.</param>
    /// <param name="key">The image's key, which the vbmeta image may have, too.</param>
    /// <param name="source">How its own key is opened, and who signs.</param>
    /// <param name="inPlace">Whether both are written over.</param>
    /// <exception cref="Diagnostics.DiagnosticException">KB9010, KB9012, KB5030, KB5031 and the errors of the proofs.</exception>
    public void Write(
        ParseResult result, (InputImage Old, EditedImage Edited, OutputPlace Place) image, AvbPrivateKey? key, KeySource source, bool inPlace,
        bool json, TextWriter writer)
    {
        if (result.GetValue(_vbmeta) is not { } path)
        {
            RefuseLone(result);
            EditedFile.Write(image.Old, image.Edited, image.Place, json, writer);
            return;
        }

        // both are made before either is written: an image whose vbmeta image does not follow boots on no locked device
        var vbmeta = ReadVbmeta(path);
        using var ownKey = source.Read(result.GetValue(_key));
        var bytes = VbmetaUpdate.Apply(
            vbmeta.File, [(ImageFile.Read(image.Edited.Bytes.ToArray()), null)], ownKey ?? key, isAsked: ownKey is not null, out var findings);
        var following = new EditedImage(new ReadOnlySequence<byte>(bytes), new ImageExpectation(), [.. findings]);
        var place = PlaceOf(vbmeta.Path, result.GetValue(_output), inPlace, vbmeta.File.Bytes.Span.SequenceEqual(bytes));
        if (Path.GetFullPath(OutputFile.TargetOf(place.Path)) == Path.GetFullPath(OutputFile.TargetOf(image.Place.Path)))
        {
            throw CommandFrame.Usage("the image and the vbmeta image are to be written into one file", "name another one: --vbmeta-output FILE");
        }

        EditedFile.WriteBoth(image, (vbmeta, following, place), json, writer);
    }

    /// <exception cref="DiagnosticException">KB9012; KB5031: it is another file, or why the vbmeta image cannot be read.</exception>
    private static InputImage ReadVbmeta(string path)
    {
        var image = InputImage.ReadAny(path);
        if (image.File is { Vbmeta: not null, Footer: null })
        {
            return image;
        }

        // of one that is damaged it is said why it cannot be read
        var start = image.File.Bytes.Span;
        return start.StartsWith("AVB0"u8)
            ? InputImage.Read(path)
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.EditImpossible, $"the file given as --vbmeta is no vbmeta image: it starts with {FileKind.Describe(start)}",
                "give vbmeta.img, or vbmeta_system.img and the like") with
            { File = path });
    }

    private void RefuseLone(ParseResult result)
    {
        if (result.GetValue(_output) is not null || result.GetValue(_key) is not null)
        {
            throw CommandFrame.Usage("what is to happen to a vbmeta image is said, and none is given", "give it: --vbmeta vbmeta.img");
        }
    }

    /// <summary>Whether a vbmeta image is given, and a key for it.</summary>
    public (bool IsGiven, bool HasKey) Signing(ParseResult result) => (IsGiven(result), result.GetValue(_key) is not null);

    /// <summary>A vbmeta image in which nothing changes is written where it stands: the same bytes.</summary>
    private static OutputPlace PlaceOf(string vbmeta, string? output, bool inPlace, bool isSame)
    {
        if (output is not null)
        {
            return inPlace
                ? throw CommandFrame.Usage("--vbmeta-output and --in-place are both given", "say one of them")
                : OutputOptions.Another(output, vbmeta, "--vbmeta-output", "--in-place");
        }

        return inPlace || isSame
            ? OutputPlace.InPlace(vbmeta)
            : throw CommandFrame.Usage(
                $"the vbmeta image changes, and {vbmeta} is not written over unasked",
                "name another file: --vbmeta-output FILE; or write over both, of which copies stay: --in-place");
    }
}
