using System.Collections.Immutable;
using System.CommandLine;
using KernelBuild.BootImages.Inspection;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;

namespace KernelBuild.Cli.Avb;

/// <summary><c>kernelbuild avb lock-check vbmeta.img boot.img … --key KEY</c>.</summary>
internal static class AvbLockCheckCommand
{
    public static Command Create()
    {
        var files = Arguments.Files(
            "All images of the set: vbmeta.img and those that it names; PARTITION=FILE for one whose name does not say its partition");
        var key = Arguments.Text("--key", "The key that the device trusts: the one flashed as avb_custom_key, or the maker's");
        var stored = new Option<string[]>("--stored-rollback")
        {
            Description = "LOCATION:INDEX that the device has stored; may be repeated. What is not given is not compared",
        };
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(
            "lock-check",
            "May the bootloader be locked? One table of partitions, keys, chains, rollback indexes and sizes, and a verdict. A device that is "
            + "locked with images that its bootloader refuses does not start any more.\n\n"
            + "Exit codes: 0 it may; 1 it may not, or that is not known; 2 wrong usage.\n\n"
            + "Example: kernelbuild avb lock-check vbmeta.img boot.img vendor_boot.img --key avb_pkmd.bin")
        {
            files, key, stored, json,
        };
        command.OnRun((result, output, _) =>
        {
            var images = result.GetValue(files)!.Select(Read).ToArray();
            RefuseTwoOfOnePartition(images);
            var check = LockCheck.Of(
                images, InputImage.ReadPublicKey(result.GetValue(key)), (result.GetValue(stored) ?? []).Select(Stored).ToImmutableDictionary());
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    new LockReport(check.MayLock, [.. check.Rows.Select(LockRowInfo.From)])
                    {
                        Findings = [.. check.Findings.Select(FindingInfo.From)],
                    },
                    AvbJson.Default.LockReport);
            }
            else
            {
                Write(check, output);
            }

            return check.MayLock ? ExitCode.Done : ExitCode.Findings;
        });
        return command;
    }

    private static LockImage Read(string argument)
    {
        var at = argument.IndexOf('=', StringComparison.Ordinal);
        var isNamed = at > 0 && !Path.Exists(argument) && argument.AsSpan(0, at).IndexOfAny('/', '.') < 0;
        var image = InputImage.ReadAny(isNamed ? argument[(at + 1)..] : argument);
        return new LockImage(
            image.Path, isNamed ? PartitionNames.Of(argument[..at]) : PartitionNames.Of(image.File, image.Path), image.File, [.. image.Findings]);
    }

    /// <summary>Only one of them would be looked at, and the other may be the one that is on the device.</summary>
    private static void RefuseTwoOfOnePartition(LockImage[] images)
    {
        if (images.GroupBy(image => image.Partition).FirstOrDefault(group => group.Skip(1).Any())?.ToArray() is [var one, var other, ..])
        {
            throw CommandFrame.Usage(
                $"{one.Path} and {other.Path} are both images of the partition {Printable.Text(one.Partition)}",
                "give the images of one slot; PARTITION=FILE says what a file is for when its name does not");
        }
    }

    private static void Write(LockCheck check, TextWriter output)
    {
        output.WriteLine($"{"partition",-18} {"verdict",-11} {"by",-26} {"key",-10} {"rollback",-14} size");
        foreach (var row in check.Rows)
        {
            var rollback = row.Rollback is null ? "" : $"{row.Rollback} at {row.Location}";
            output.WriteLine(Printable.Text(
                $"{row.Partition,-18} {row.StateName,-11} {row.By,-26} {row.Key?[..8],-10} {rollback,-14} {row.Size}".TrimEnd()));
            output.WriteLine(Printable.Text("  " + row.Why));
        }

        foreach (var finding in check.Findings)
        {
            FindingText.Write(finding, output);
        }

        if (check.MayLock)
        {
            output.WriteLine("the bootloader may be locked with these images, when it is all of them that are on the device");
        }
    }

    private static KeyValuePair<uint, ulong> Stored(string text)
    {
        var parts = text.Split(':');
        return parts.Length == 2
            ? new KeyValuePair<uint, ulong>(
                (uint)Numbers.Parse("--stored-rollback", parts[0], uint.MaxValue), Numbers.Parse("--stored-rollback", parts[1]))
            : throw CommandFrame.Usage($"--stored-rollback takes LOCATION:INDEX, not '{Printable.Text(text)}'", "such as 0:1714867200");
    }
}
