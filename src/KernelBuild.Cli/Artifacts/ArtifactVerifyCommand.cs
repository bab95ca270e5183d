using System.CommandLine;
using KernelBuild.Attestation;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Artifacts;

/// <summary><c>kernelbuild artifact verify FOLDER</c>.</summary>
internal static class ArtifactVerifyCommand
{
    public static Command Create()
    {
        var folder = Arguments.File("FOLDER", "The artifacts of a build, such as artifacts/DEVICE");
        var keys = new Option<string[]>("--key")
        {
            Description = "A public key, OpenPGP's or an SSH one, or a file of allowed signers: one of them must have signed",
            HelpName = "FILE",
            AllowMultipleArgumentsPerToken = true,
        };
        var checkout = new Option<string?>("--checkout")
        {
            Description = "A checkout of the project: what went into the build must be what it holds",
            HelpName = "FOLDER",
        };
        var json = new Option<bool>("--json") { Description = "Write one JSON document" };
        var files = new FindingFiles();
        var command = new Command(
            "verify",
            "Checks an artifacts folder, offline: every file against SHA256SUMS and the manifest, lock file, patches, toolchain, provenance and "
            + "SBOM against the manifest, the kernel's own words against all of them, and the signatures.\n\n"
            + "Examples:\n"
            + "  kernelbuild artifact verify artifacts/virt\n"
            + "  kernelbuild artifact verify release/virt --key builder.pub --checkout ~/kernels")
        {
            folder, keys, checkout, json,
        };
        files.AddTo(command);
        command.OnRunAsync(async (result, output, errors, cancellationToken) =>
        {
            var name = result.GetValue(folder)!;
            var report = await new ArtifactVerification(name)
            {
                Keys = result.GetValue(keys) ?? [],
                Checkout = result.GetValue(checkout),
            }.RunAsync(cancellationToken);
            files.Write(result, "artifact verify", [(name, report.Findings)]);
            if (result.GetValue(json))
            {
                JsonOutput.Write(output, ArtifactVerifyReport.From(report), ArtifactJson.Default.ArtifactVerifyReport);
            }
            else
            {
                Write(report, output);
            }

            return report.IsGood ? ExitCode.Done : ExitCode.Of(report.Findings);
        });
        return command;
    }

    private static void Write(ArtifactReport report, TextWriter output)
    {
        var manifest = report.Manifest;
        output.WriteLine(Printable.Text($"{manifest.Device}{(manifest.WithoutPatches ? ", without patches" : "")}: {manifest.Kernel?.Banner ?? "no kernel"}"));
        output.WriteLine(Printable.Text($"  source     {manifest.Source.Spec} {manifest.Source.Version} {manifest.Source.Commit}"));
        output.WriteLine(
            $"  inputs     {Counted.Of(manifest.Source.Patches.Length, "patch", "patches")}, {Counted.Of(manifest.Inputs.Length, "file")} of the project");
        output.WriteLine(Printable.Text($"  toolchain  {manifest.Toolchain?.Compiler} {manifest.Toolchain?.Digest}"));
        output.WriteLine($"  products   {Counted.Of(manifest.Outputs.Length, "file")}, {manifest.Outputs.Sum(file => file.Size):N0} bytes");
        output.WriteLine(Printable.Text(
            "  signed by  " + (report.Signers.IsEmpty ? "nobody" : string.Join(", ", report.Signers.Distinct()))));
        foreach (var finding in report.Findings)
        {
            output.WriteLine(Printable.Text(finding.File is { } file ? Path.GetRelativePath(report.Folder, file) : report.Folder));
            FindingText.Write(finding, output);
            foreach (var line in finding.Details)
            {
                output.WriteLine(Printable.Text("    | " + line));
            }
        }

        output.WriteLine(report.IsGood ? "the folder is what it says" : "the folder is NOT what it says");
    }
}
