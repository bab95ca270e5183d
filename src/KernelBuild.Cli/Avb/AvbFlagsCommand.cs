using System.CommandLine;
using KernelBuild.BootImages.Avb;
using KernelBuild.BootImages.Editing;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Cli.Images;

namespace KernelBuild.Cli.Avb;

/// <summary><c>kernelbuild avb flags IMAGE --disable-verity</c>.</summary>
internal static class AvbFlagsCommand
{
    private static readonly (string Name, string Description, VbmetaFlags Flag, bool IsSet)[] Switches =
    [
        ("--disable-verity", "Hash trees are not checked: system and vendor can be changed", VbmetaFlags.HashtreeDisabled, true),
        ("--disable-verification", "Nothing is checked", VbmetaFlags.VerificationDisabled, true),
        ("--enable-verity", "Hash trees are checked again", VbmetaFlags.HashtreeDisabled, false),
        ("--enable-verification", "All is checked again", VbmetaFlags.VerificationDisabled, false),
    ];

    public static Command Create()
    {
        var image = Arguments.File("IMAGE", "vbmeta.img");
        var switches = Switches.Select(one => (Option: new Option<bool>(one.Name) { Description = one.Description }, one)).ToArray();
        var key = Arguments.Text(
            "--key", "Signs the image again: an RSA private key in PEM form; without it only an unlocked device boots it");
        var keys = new KeyOptions();
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var output = new OutputOptions();
        var command = new Command(
            "flags",
            "Changes what the flags of a vbmeta image switch off; descriptors, rollback index and trailers stay.\n\n"
            + "Example: kernelbuild avb flags vbmeta.img --disable-verity --disable-verification -o vbmeta-off.img") { image, key, json };
        foreach (var (option, _) in switches)
        {
            command.Options.Add(option);
        }

        keys.AddTo(command);
        output.AddTo(command);
        command.OnRun((result, writer, _) =>
        {
            var given = switches.Where(pair => result.GetValue(pair.Option)).Select(pair => pair.one).ToArray();
            if (given.Length == 0 || given.GroupBy(one => one.Flag).Any(group => group.Count() > 1))
            {
                throw CommandFrame.Usage(
                    given.Length == 0 ? "no flag is named" : "a flag is to be set and cleared",
                    "one of " + string.Join(", ", Switches.Select(s => s.Name)));
            }

            var old = InputImage.Read(result.GetValue(image)!);
            var place = output.Of(result, old.Path);
            using var privateKey = keys.Of(result).Read(result.GetValue(key));
            var flags = given.Aggregate(
                old.File.Vbmeta?.Header.Flags ?? VbmetaFlags.None,
                (flags, one) => one.IsSet ? flags | one.Flag : flags & ~one.Flag);
            EditedFile.Write(old, VbmetaFile.WithFlags(old.File, flags, privateKey), place, result.GetValue(json), writer);
            return ExitCode.Done;
        });
        return command;
    }
}
