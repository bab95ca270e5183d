using System.CommandLine;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot bootconfig …</c>.</summary>
internal static class BootConfigCommands
{
    public static Command Create() => new Command(
        "bootconfig",
        "The bootconfig of a version 4 vendor_boot image, key by key; what is not named stays byte for byte.\n\n"
        + "Examples:\n"
        + "  kernelbuild boot bootconfig show vendor_boot.img\n"
        + "  kernelbuild boot bootconfig set vendor_boot.img androidboot.selinux=permissive -o new.img")
    {
        Show(), Set(), Remove(),
    };

    private static Command Show()
    {
        var file = Arguments.File("IMAGE", "A version 4 vendor_boot image");
        var command = new Command("show", "Shows keys and values.\n\nExample: kernelbuild boot bootconfig show vendor_boot.img") { file };
        command.OnRun((result, output, _) =>
        {
            foreach (var statement in Read(InputImage.Read(result.GetValue(file)!)).Statements)
            {
                output.WriteLine(Printable.Text($"{statement.Key} = {statement.Value}"));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Set()
    {
        var values = new Argument<string[]>("KEY=VALUE") { Description = "Keys and their values", Arity = ArgumentArity.OneOrMore };
        return ImageChange.Command(
            "set",
            "Gives keys values, in the place of those that they have, or at the end.\n\n"
            + "Example: kernelbuild boot bootconfig set vendor_boot.img androidboot.selinux=permissive -o new.img",
            [values],
            (result, image, edits) =>
            {
                var text = Read(image);
                foreach (var pair in result.GetValue(values)!)
                {
                    var split = pair.IndexOf('=', StringComparison.Ordinal);
                    text = split > 0
                        ? text.With(pair[..split].Trim(), pair[(split + 1)..])
                        : throw CommandFrame.Usage($"'{Printable.Text(pair)}' is no KEY=VALUE", "write androidboot.hardware=board");
                }

                return edits with { BootConfig = text.ToArray() };
            });
    }

    private static Command Remove()
    {
        var keys = new Argument<string[]>("KEY") { Description = "Keys", Arity = ArgumentArity.OneOrMore };
        return ImageChange.Command(
            "rm",
            "Takes keys away.\n\nExample: kernelbuild boot bootconfig rm vendor_boot.img androidboot.selinux -o new.img",
            [keys],
            (result, image, edits) =>
            {
                var text = Read(image);
                foreach (var key in result.GetValue(keys)!)
                {
                    text = text.Statements.Any(one => one.Key == key)
                        ? text.Without(key)
                        : throw new DiagnosticException(Diagnostic.Error(
                            DiagnosticCodes.EditImpossible, $"the bootconfig has no key {Printable.Text(key)}",
                            "kernelbuild boot bootconfig show shows those that it has") with { File = image.Path });
                }

                return edits with { BootConfig = text.ToArray() };
            });
    }

    private static BootConfigText Read(InputImage image) => image.File.VendorBoot is { HeaderVersion: >= 4 } vendorBoot
        ? BootConfigText.Read(vendorBoot.BootConfig.Span)
        : throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.EditImpossible, "the image has no bootconfig", "give a version 4 vendor_boot image") with { File = image.Path });
}
