using System.CommandLine;
using KernelBuild.Attestation;
using KernelBuild.Cli.CommandLine;

namespace KernelBuild.Cli.Artifacts;

/// <summary><c>kernelbuild artifact sign FOLDER --key KEY</c>.</summary>
internal static class ArtifactSignCommand
{
    public static Command Create()
    {
        var folder = Arguments.File("FOLDER", "The artifacts of a build, such as artifacts/DEVICE");
        var key = new Option<string>("--key")
        {
            Description = "File of an SSH key (its .pub, where an agent holds the key), or gpg:FINGERPRINT",
            HelpName = "KEY",
            Required = true,
        };
        var command = new Command(
            "sign",
            "Signs SHA256SUMS and the provenance of an artifacts folder, on another machine than it was built on, say. The folder is verified "
            + "first: what is damaged is not signed.\n\n"
            + "Examples:\n"
            + "  kernelbuild artifact sign artifacts/virt --key ~/.ssh/id_ed25519\n"
            + "  kernelbuild artifact sign artifacts/virt --key gpg:0123456789ABCDEF0123456789ABCDEF01234567")
        {
            folder, key,
        };
        command.OnRunAsync(async (result, output, errors, cancellationToken) =>
        {
            var name = Path.GetFullPath(result.GetValue(folder)!);
            var report = await new ArtifactVerification(name).RunAsync(cancellationToken);
            if (!report.IsGood)
            {
                CommandFrame.Warn(report.Findings, errors);
                return ExitCode.Of(report.Findings);
            }

            foreach (var signature in await Attestations.SignAsync(name, result.GetValue(key)!, cancellationToken))
            {
                await output.WriteLineAsync(Printable.Text(Path.Combine(result.GetValue(folder)!, signature)));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
