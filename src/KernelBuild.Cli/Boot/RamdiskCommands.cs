using System.CommandLine;
using System.Globalization;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Boot;

/// <summary><c>kernelbuild boot ramdisk …</c>.</summary>
internal static class RamdiskCommands
{
    public static Command Create() => new Command(
        "ramdisk",
        "Files in the ramdisk of an image: listed, shown, changed, without root and without unpacking. Order, owners, times and all other "
        + "entries stay; every stream is compressed as it was.\n\n"
        + "Examples:\n"
        + "  kernelbuild boot ramdisk ls init_boot.img\n"
        + "  kernelbuild boot ramdisk add init_boot.img first_stage_ramdisk/fstab.board fstab.board -o new.img\n"
        + "  kernelbuild boot ramdisk rm vendor_boot.img lib/modules/bad.ko --fragment dlkm --in-place")
    {
        RamdiskListCommand.Create(), Cat(), Add(), MakeFolder(), Remove(), Move(), ChangeMode(), Link(), RamdiskExtractCommand.Create(),
    };

    private static Command Cat()
    {
        var options = new RamdiskOptions();
        var path = Path("PATH", "A file in the ramdisk");
        var command = new Command(
            "cat", "Writes a file of the ramdisk to standard output.\n\nExample: kernelbuild boot ramdisk cat init_boot.img default.prop")
        {
            options.Image, path,
        };
        options.AddFragment(command);
        command.OnRun((result, output, _) =>
        {
            var content = options.Read(result).Files.ContentOf(Clean(result.GetValue(path)!));
            ((TerminalWriter)output).WriteBytes(content);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Add()
    {
        var path = Path("PATH", "Where it is in the ramdisk");
        var file = Arguments.File("FILE", "A file, or a folder with all that is in it");
        var mode = Arguments.Text("--mode", "Octal, such as 0750; that of the file it takes the place of otherwise, else that of FILE");
        var owner = Arguments.Text("--owner", "USER:GROUP in numbers; those of the file it takes the place of otherwise, else 0:0");
        return RamdiskOptions.Edit(
            "add",
            "Adds a file, or replaces one; folders above it that are missing are added.\n\nExample: kernelbuild boot ramdisk add "
            + "init_boot.img init.board.rc init.board.rc --mode 0750 -o new.img",
            [path, file],
            [mode, owner],
            (result, files) => RamdiskAddition.Add(
                files, Clean(result.GetValue(path)!), result.GetValue(file)!, Mode("--mode", result.GetValue(mode)),
                    Owner(result.GetValue(owner))));
    }

    private static Command MakeFolder()
    {
        var path = Path("PATH", "The folder");
        var mode = Arguments.Text("--mode", "Octal; 0755 otherwise");
        return RamdiskOptions.Edit(
            "mkdir",
            "Adds a folder, and those above it that are missing.\n\nExample: kernelbuild boot ramdisk mkdir init_boot.img metadata -o "
            + "new.img",
            [path],
            [mode],
            (result, files) => files.Put(Clean(result.GetValue(path)!), FileType.Directory, Mode("--mode", result.GetValue(mode)),
                default));
    }

    private static Command Remove()
    {
        var path = Path("PATH", "A file, link or folder");
        var recursive = new Option<bool>("--recursive", "-r") { Description = "A folder with all that is in it" };
        return RamdiskOptions.Edit(
            "rm",
            "Removes a file, link or folder, from every archive that has it.\n\nExample: kernelbuild boot ramdisk rm init_boot.img "
            + "overlay.d -r -o new.img",
            [path],
            [recursive],
            (result, files) => files.Remove(Clean(result.GetValue(path)!), result.GetValue(recursive)));
    }

    private static Command Move()
    {
        var from = Path("FROM", "A file, link or folder");
        var to = Path("TO", "Its new path");
        return RamdiskOptions.Edit(
            "mv",
            "Renames a file, link or folder with all that is in it.\n\nExample: kernelbuild boot ramdisk mv init_boot.img init init.real "
            + "-o new.img",
            [from, to],
            [],
            (result, files) => files.Move(Clean(result.GetValue(from)!), Clean(result.GetValue(to)!)));
    }

    private static Command ChangeMode()
    {
        var mode = new Argument<string>("MODE") { Description = "Octal: 0750" };
        var path = Path("PATH", "A file or folder");
        return RamdiskOptions.Edit(
            "chmod",
            "Changes the permissions of a file or folder.\n\nExample: kernelbuild boot ramdisk chmod init_boot.img 0750 init -o new.img",
            [mode, path],
            [],
            (result, files) => files.SetPermissions(Clean(result.GetValue(path)!), Mode("MODE", result.GetValue(mode))!.Value));
    }

    private static Command Link()
    {
        var target = new Argument<string>("TARGET") { Description = "What the link points to; it need not exist" };
        var path = Path("PATH", "The link");
        return RamdiskOptions.Edit(
            "ln",
            "Adds a symbolic link, or lets one point elsewhere.\n\nExample: kernelbuild boot ramdisk ln init_boot.img /system/bin/init "
            + "init -o new.img",
            [target, path],
            [],
            (result, files) => files.Put(
                Clean(result.GetValue(path)!), FileType.SymbolicLink, null, System.Text.Encoding.UTF8.GetBytes(result.GetValue(target)!)));
    }

    private static Argument<string> Path(string name, string description) => new(name) { Description = description };

    /// <summary>People write paths as the running system has them.</summary>
    private static string Clean(string path) =>
        (path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path.TrimStart('/')).TrimEnd('/');

    /// <exception cref="DiagnosticException">KB9010.</exception>
    private static UnixFileMode? Mode(string option, string? text)
    {
        const int most = 0xfff;
        if (text is null)
        {
            return null;
        }

        var value = 0;
        foreach (var digit in text)
        {
            value = digit is >= '0' and <= '7' && value <= most ? (value * 8) + (digit - '0') : most + 1;
        }

        return text.Length > 0 && value <= most
            ? (UnixFileMode)value
            : throw CommandFrame.Usage($"{option} takes permissions in octal, not '{text}'", "such as 0644");
    }

    /// <exception cref="DiagnosticException">KB9010.</exception>
    private static (uint User, uint Group)? Owner(string? text) => text is null ? null
        : text.Split(':') is [var user, var group]
            && uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out var userId)
            && uint.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out var groupId)
                ? (userId, groupId)
                : throw CommandFrame.Usage($"--owner takes USER:GROUP in numbers, not '{text}'", "such as 0:2000");
}
