using System.Collections.Immutable;
using System.CommandLine;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Images;

/// <summary><c>kernelbuild boot verify FILE…</c>, and the same for AVB alone.</summary>
internal static class BootVerifyCommand
{
    public static Command Create(bool lookInside)
    {
        var files = Arguments.Files(
            "images; several are taken as parts of one device, so that a vbmeta image is checked against the others");
        var key = Arguments.Text("--key", 
            "The key that the device trusts: PEM, private, public or a certificate, or an AVB public key. Chained partitions are "
            + "compared with their chain");
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var command = new Command(
            "verify",
            "Answers four separate questions about each image: is the id right, is the AVB digest right, is the signature right, whose key "
            + "is it and what does it allow."
            + (lookInside ? " Looks into kernel, ramdisk and device trees too." : "")
            + "\n\nExit codes: 0 no finding is an error; 1 one is; 2 wrong usage, or a file cannot be read.\n\nExample: kernelbuild "
            + (lookInside ? "boot verify boot.img" : "avb verify vbmeta.img boot.img dtbo.img"))
        {
            files,
            key,
            json,
        };
        var findings = new FindingFiles();
        findings.AddTo(command);
        command.OnRun((result, output, errors) => Run(
            result.GetValue(files)!, TrustedKey.Read(result.GetValue(key)), lookInside, result.GetValue(json),
            checks => findings.Write(result, lookInside ? "boot verify" : "avb verify", checks), output, errors));
        return command;
    }

    private static int Run(
        string[] paths, TrustedKey trustedKey, bool lookInside, bool json,
        Action<IReadOnlyList<(string File, IReadOnlyList<Diagnostic> Findings)>> write, TextWriter output, TextWriter errors)
    {
        var exitCode = ExitCode.Done;
        var images = new List<(string Path, InputImage? Image, IReadOnlyList<Diagnostic> Errors)>();
        foreach (var path in paths)
        {
            images.Add(Read(path, ref exitCode));
        }

        var partitions = ImmutableDictionary.CreateBuilder<string, ImageFile>();
        foreach (var (path, image, _) in images)
        {
            if (image is not null)
            {
                partitions[PartitionNames.Of(image.File, path)] = image.File;
            }
        }

        var reports = new List<VerifiedFileInfo>();
        var checks = new List<(string File, IReadOnlyList<Diagnostic> Findings)>();
        foreach (var (path, image, problems) in images)
        {
            var inspection = image is null ? null : ImageInspection.Of(image.File, image.Findings, new InspectionOptions
            {
                FileName = path,
                TrustedSubjectKey = trustedKey.SubjectKey,
                TrustedKey = KeyOf(image!.File, path, trustedKey.BlobFor(image.File),
                    images.Select(one => one.Image?.File).OfType<ImageFile>()),
                Partitions = partitions.ToImmutable(),
                LookInside = lookInside,
            });
            var findings = inspection?.Findings ?? [.. problems];
            checks.Add((path, findings));
            if (exitCode == ExitCode.Done && findings.Any(f => f.Severity == DiagnosticSeverity.Error))
            {
                exitCode = ExitCode.Findings;
            }

            if (json)
            {
                reports.Add(new VerifiedFileInfo(
                    path, image is null ? null : BootVerifyText.NameOf(image.File.Kind),
                    inspection is null ? null : VerdictInfo.From(inspection.Verdict), [.. findings.Select(FindingInfo.From)]));
            }
            else if (image is null)
            {
                foreach (var problem in problems)
                {
                    (problem.Code == DiagnosticCodes.FileUnreadable ? errors : output).WriteLine(problem);
                }
            }
            else
            {
                BootVerifyText.Write(path, image.File, inspection!, output);
            }
        }

        write(checks);
        if (json)
        {
            JsonOutput.Write(output, new VerifyReport(reports), ImagesJson.Default.VerifyReport);
        }

        return exitCode;
    }

    /// <summary>
    /// The device's key is for the top level. A partition that a vbmeta image of the set chains is signed with the key that the chain names,
    /// and the signature of one whose descriptor stands in a vbmeta image counts for nothing.
    /// </summary>
    private static ReadOnlyMemory<byte> KeyOf(ImageFile file, string path, ReadOnlyMemory<byte> trusted, IEnumerable<ImageFile> set)
    {
        if (trusted.IsEmpty)
        {
            return trusted;
        }

        var name = PartitionNames.Of(file, path);
        var described = set.Where(other => other != file && other is { Footer: null, Vbmeta: not null })
            .SelectMany(other => other.Vbmeta!.Descriptors)
            .FirstOrDefault(descriptor => descriptor.Partition == name);
        return described switch
        {
            ChainPartitionDescriptor chain => chain.PublicKey,
            null => trusted,
            _ => default,
        };
    }

    private static (string Path, InputImage? Image, IReadOnlyList<Diagnostic> Errors) Read(string path, ref int exitCode)
    {
        try
        {
            return (path, InputImage.Read(path), []);
        }
        catch (DiagnosticException exception)
        {
            if (ExitCode.Of(exception.Diagnostics) == ExitCode.UsageOrEnvironment)
            {
                exitCode = ExitCode.UsageOrEnvironment;
            }

            return (path, null, exception.Diagnostics);
        }
    }
}
