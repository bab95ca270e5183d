using System.Collections.Frozen;
using KernelBuild.BootImages.Avb;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary><c>kernelbuild avbtool</c>: the verbs of AOSP's avbtool, but those for Android Things.</summary>
internal static class AvbtoolTool
{
    /// <summary>What avbtool writes when nothing else is asked for: the same option string gives the same bytes.</summary>
    public const string ReleaseString = "avbtool 1.3.0";

    /// <summary>Options that avbtool's parser reads as numbers, and as files that it opens for reading, whatever becomes of them.</summary>
    private static readonly FrozenSet<string> _numbers = FrozenSet.Create(
        StringComparer.Ordinal, "image_size", "start_byte", "padding_size", "partition_size", "rollback_index", "rollback_index_location", "flags",
        "block_size", "fec_num_roots");

    private static readonly FrozenSet<string> _files = FrozenSet.Create(
        StringComparer.Ordinal, "image", "vbmeta_image", "misc_image", "include_descriptors_from_image", "setup_rootfs_from_kernel");

    private static readonly (AospSyntax Syntax, Func<AospArguments, TextWriter, TextWriter, int> Run)[] _verbs =
    [
        (new AospSyntax("avbtool version", "Prints the version of avbtool whose options and output these are.", []), (_, output, _) =>
        {
            output.WriteLine(ReleaseString);
            return ExitCode.Done;
        }),
        (AvbtoolInfo.Syntax, (parsed, output, _) => AvbtoolInfo.Run(parsed, output)),
        (AvbtoolVerify.Syntax, AvbtoolVerify.Run),
        (AvbtoolHashFooter.Syntax, (parsed, output, _) => AvbtoolHashFooter.Run(parsed, output)),
        (AvbtoolHashtreeFooter.Syntax, AvbtoolHashtreeFooter.Run),
        (AvbtoolHashtreeFooter.ZeroSyntax, (parsed, _, _) => AvbtoolHashtreeFooter.Zero(parsed)),
        (AvbtoolMakeVbmeta.Syntax, (parsed, output, _) => AvbtoolMakeVbmeta.Run(parsed, output)),
        (AvbtoolFooters.AppendSyntax, (parsed, _, _) => AvbtoolFooters.Append(parsed)),
        (AvbtoolFooters.EraseSyntax, (parsed, _, _) => AvbtoolFooters.Erase(parsed)),
        (AvbtoolFooters.ResizeSyntax, (parsed, _, _) => AvbtoolFooters.Resize(parsed)),
        (AvbtoolFooters.ExtractSyntax, (parsed, _, _) => AvbtoolFooters.Extract(parsed)),
        (AvbtoolKeys.Syntax, (parsed, _, _) => AvbtoolKeys.Extract(parsed)),
        (AvbtoolKeys.DigestSyntax, (parsed, _, _) => AvbtoolKeys.ExtractDigest(parsed)),
        (AvbtoolDigests.VbmetaSyntax, (parsed, output, _) => AvbtoolDigests.Vbmeta(parsed, output)),
        (AvbtoolDigests.PartitionsSyntax, (parsed, output, _) => AvbtoolDigests.Partitions(parsed, output)),
        (AvbtoolCommandLine.Syntax, (parsed, output, _) => AvbtoolCommandLine.Run(parsed, output)),
        (AvbtoolSlots.Syntax, (parsed, _, _) => AvbtoolSlots.Run(parsed)),
        (AvbtoolTestImage.Syntax, (parsed, _, _) => AvbtoolTestImage.Run(parsed)),
    ];

    public static IEnumerable<AospSyntax> Syntaxes => _verbs.Select(verb => verb.Syntax);

    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        var name = arguments.FirstOrDefault();
        if (name is "-h" or "--help")
        {
            output.Write(AospTool.HelpOfVerbs("avbtool", "Android Verified Boot 2.0 tool.", Syntaxes));
            return ExitCode.Done;
        }

        var (syntax, run) = _verbs.FirstOrDefault(verb => verb.Syntax.Program == "avbtool " + name);
        if (syntax is null)
        {
            throw CommandFrame.Usage(
                name is null ? "avbtool wants a verb" : $"avbtool has no verb '{name}' here",
                "one of " + string.Join(", ", Syntaxes.Select(one => one.Program.Split(' ')[1])));
        }

        if (syntax.Parse(arguments[1..], output) is not { } parsed)
        {
            return ExitCode.Done;
        }

        CheckValues(parsed, opensImage: syntax != AvbtoolHashFooter.Syntax);

        // as avbtool has it: 2 is for what its parser refuses, 1 for all that is found out later
        var exitCode = CommandFrame.Run(() => run(parsed, output, errors), errors);
        return exitCode == ExitCode.UsageOrEnvironment ? ExitCode.Findings : exitCode;
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="opensImage">Whether the parser opens --image, too; add_hash_footer does it itself, when it needs it.</param>
    /// <exception cref="DiagnosticException">KB9010: no number. KB9012: no file.</exception>
    private static void CheckValues(AospArguments parsed, bool opensImage)
    {
        foreach (var (name, value) in parsed.Ordered)
        {
            if (_numbers.Contains(name))
            {
                AospArguments.Parse(name, value);
            }
            else if (_files.Contains(name) && (opensImage || name != "image") && !File.Exists(value))
            {
                InputFile.Read(value);
            }
        }
    }

    /// <summary>An image that must carry AVB metadata.</summary>
    internal static (InputImage Image, Vbmeta Vbmeta) Read(string path)
    {
        var image = AvbtoolImage.Read(path);
        return image.File.Vbmeta is { } vbmeta ? (image, vbmeta) : throw NoMetadata(path);
    }

    internal static DiagnosticException NoMetadata(string path) =>
        new(Diagnostic.Error(
            DiagnosticCodes.AvbFooterInvalid, "the image has no AVB metadata of the kind that is needed",
            "sign it first: avbtool add_hash_footer") with { File = path });

    /// <summary>Text into the file that --output names, or to standard output.</summary>
    internal static void Write(AospArguments parsed, string text, TextWriter output)
    {
        if (parsed.Text("output") is { } path)
        {
            Host.Files.OutputFile.Write(path, System.Text.Encoding.UTF8.GetBytes(text));
        }
        else
        {
            output.Write(text);
        }
    }

    /// <summary>The file of another partition, which lies beside an image under the partition's name.</summary>
    internal static string Sibling(string path, string partition) => partition == Path.GetFileName(partition) && partition.Length > 0
        ? Path.Combine(Path.GetDirectoryName(path) ?? "", partition + Path.GetExtension(path))
        : throw CommandFrame.Usage($"'{Printable.Text(partition)}' is no name of a partition", "the image is damaged or hostile");
}
