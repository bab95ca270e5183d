using System.Text.RegularExpressions;
using KernelBuild.Archives;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Fetch.Signatures;

/// <summary>
/// The signature of an archive: a signed list of digests, as kernel.org's sha256sums.asc, or a signature beside the file, made over
/// it or, as kernel.org's .tar.sign, over the tar in it.
/// </summary>
internal sealed partial class ArchiveSignature(ArchiveSpec spec, SourceAddress address, FetchContext context, SigningKeys keys)
{
    /// <summary>What kernel.org calls the list beside its archives.</summary>
    private const string UsualList = "sha256sums.asc";

    /// <summary>The address of the signature: the one that the project names, else the usual list beside the archive.</summary>
    /// <exception cref="DiagnosticException">KB1001.</exception>
    public static SourceAddress AddressOf(ArchiveSpec spec, string signature, string projectFolder)
    {
        if (signature.Length == 0)
        {
            var beside = new Uri(spec.Location, UsualList);
            return SourceAddress.Parse(spec.Location.IsFile ? Path.Combine(Path.GetDirectoryName(spec.Location.LocalPath)!, UsualList) : beside.ToString())
                .WithLoginOf(spec.Address);
        }

        return !signature.Contains("://", StringComparison.Ordinal)
            ? SourceAddress.Parse(Path.GetFullPath(signature, projectFolder))
            : Uri.TryCreate(signature, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? SourceAddress.Parse(signature).WithLoginOf(spec.Address)
            : throw KernelSourceSpec.Invalid(signature, "a Signature is a file, or an http or https URL");
    }

    public async Task<SignatureCheck> CheckAsync(CancellationToken cancellationToken)
    {
        if (!keys.HasOpenPgp)
        {
            return new SignatureCheck(null, "archives are signed with OpenPGP, and SigningKey names SSH keys only", []);
        }

        if (!IsUrl)
        {
            return File.Exists(address.Url)
                ? await CheckAsync(address.Url, cancellationToken)
                : throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.SourceNotFound, $"the signature '{address.Url}' does not exist",
                    "name it with Signature on the KernelSource item; a relative path is relative to the device project"));
        }

        if (context.Offline)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.OfflineMissing, $"--offline, and the signature {address.Display} was never checked here", "run once without --offline"));
        }

        Directory.CreateDirectory(context.Cache.Downloads);
        var file = Path.Combine(context.Cache.Downloads, $"{Guid.NewGuid():N}.part");
        try
        {
            context.Log.Status($"downloading {address.Display}");
            using (var download = new HttpDownload(address, file, context.Network, context.Log))
            {
                await download.RunAsync(cancellationToken);
            }

            return await CheckAsync(file, cancellationToken);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private bool IsUrl => address.Url.Contains("://", StringComparison.Ordinal);

    private string Name => Path.GetFileName(IsUrl ? new Uri(address.Url).LocalPath : address.Url);

    private async Task<SignatureCheck> CheckAsync(string signature, CancellationToken cancellationToken)
    {
        var begin = new char[4096];
        using (var text = new StreamReader(signature))
        {
            await text.ReadBlockAsync(begin, cancellationToken);
        }

        if (begin.AsSpan().IndexOf("-----BEGIN PGP SIGNED MESSAGE-----") >= 0)
        {
            return await OfListAsync(signature, cancellationToken);
        }

        var archive = await ArchiveSource.FileAsync(spec, context, cancellationToken);
        var whole = await RunAsync(keys.Gpg("--verify", signature, archive), Name, cancellationToken);
        if (whole.Verdict is not null || await DecompressorAsync(archive, cancellationToken) is not { } decompressor)
        {
            return whole;
        }

        var tar = await RunAsync(
            keys.Gpg("--verify", signature, "-") with { InputProducer = (input, token) => DecompressAsync(decompressor, archive, input, token) },
            Name, cancellationToken);
        return tar.Verdict is not null ? tar : whole;
    }

    /// <summary>Only what stands inside the signed part counts: gpg gives it out.</summary>
    private async Task<SignatureCheck> OfListAsync(string signature, CancellationToken cancellationToken)
    {
        var output = signature + ".text";
        try
        {
            var check = await RunAsync(keys.Gpg("--output", output, "--verify", signature), Name, cancellationToken);
            if (check.Verdict is null)
            {
                return check;
            }

            var digest = spec.Digest.ToString();
            var listed = (await File.ReadAllLinesAsync(output, cancellationToken)).Any(line => Listed().Match(line).Groups[1].Value == digest);
            return listed ? check : new SignatureCheck(null, $"{Name} is signed by {check.Verdict.Signer}, and the digest {digest} is not in it", []);
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static async Task<Command?> DecompressorAsync(string archive, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(archive);
        var head = new byte[ArchiveForm.HeadLength];
        var length = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        return ArchiveForm.Of(head.AsSpan(0, length), Path.GetFileName(archive)).Decompressor;
    }

    /// <summary>gpg reads no further when it has seen enough; the decompressor is then read to its end for nothing.</summary>
    private static async Task DecompressAsync(Command decompressor, string archive, Stream to, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(archive);
        await (decompressor with
        {
            InputProducer = (input, token) => file.CopyToAsync(input, token),
            OutputConsumer = async (tar, token) =>
            {
                try
                {
                    await tar.CopyToAsync(to, token);
                }
                catch (IOException)
                {
                    await tar.CopyToAsync(Stream.Null, token);
                }
            },
        }).RunAsync(cancellationToken);
    }

    private static async Task<SignatureCheck> RunAsync(Command gpg, string what, CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        var result = await (gpg with { AnswerCodes = [1, 2], OnError = errors.Add }).RunAsync(cancellationToken);
        return GpgStatus.Read(what, [.. result.Output, .. errors]);
    }

    /// <summary>As sha256sum writes it: the digest, two blanks or a blank and a star, the name.</summary>
    [GeneratedRegex("^([0-9a-f]{64}) [ *]")]
    private static partial Regex Listed();
}
