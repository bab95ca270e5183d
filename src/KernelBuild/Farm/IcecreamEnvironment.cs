using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Farm;

/// <summary>
/// The compiler as icecream sends it to hosts: a tar of the program and its libraries, made by icecc-create-env once for each
/// compiler, and kept. What it holds is compared with the toolchain, whose digest all keys of the build have: so an object from
/// a host is an object of this compiler.
/// </summary>
/// <param name="folder">Where they are kept.</param>
internal sealed class IcecreamEnvironment(string folder)
{
    /// <returns>The file, and its SHA-256.</returns>
    /// <exception cref="DiagnosticException">KB4005 when icecc-create-env fails, KB4020 when it packs another compiler.</exception>
    public async Task<(string File, string Sha256)> FindOrMakeAsync(FarmCompiler compiler, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, compiler.Digest[..32] + ".tar.gz");
        var noted = file + ".sha256";
        if (File.Exists(file) && File.Exists(noted))
        {
            var digest = (await Sha256Digest.OfFileAsync(file, cancellationToken)).ToString();
            if (digest == (await File.ReadAllTextAsync(noted, cancellationToken)).Trim())
            {
                return (file, digest);
            }
        }

        return (file, await MakeAsync(compiler, file, noted, cancellationToken));
    }

    private async Task<string> MakeAsync(FarmCompiler compiler, string file, string noted, CancellationToken cancellationToken)
    {
        var work = Directory.CreateTempSubdirectory("kernelbuild-environment-").FullName;
        try
        {
            // a program given twice stands for g++ as well, which no kernel needs
            string[] arguments = compiler.IsClang ? ["--clang", compiler.Path] : ["--gcc", compiler.Path, compiler.Path];
            await new Command("icecc-create-env").WithArguments(arguments).In(work).RunAsync(cancellationToken);
            var made = Directory.GetFiles(work, "*.tar.gz") is [var one]
                ? one
                : throw new DiagnosticException(FarmDiagnostics.Unusable("of icecream", "got no compiler to send: icecc-create-env made no archive"));
            await VerifyAsync(compiler, made, cancellationToken);
            var digest = (await Sha256Digest.OfFileAsync(made, cancellationToken)).ToString();
            File.Delete(noted);
            // another build may be at the same
            var copy = Path.Combine(folder, Path.GetRandomFileName());
            File.Copy(made, copy);
            File.Move(copy, file, overwrite: true);
            AtomicFile.Write(noted, digest + "\n");
            return digest;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>The program is there, and no file in the archive is another one than the toolchain's of that name.</summary>
    private static async Task VerifyAsync(FarmCompiler compiler, string archive, CancellationToken cancellationToken)
    {
        var known = compiler.Files.ToLookup(one => Path.GetFileName(one.Key), one => one.Value, StringComparer.Ordinal);
        var wanted = compiler.Files[compiler.Path];
        var isThere = false;
        await using var tar = new TarReader(new GZipStream(File.OpenRead(archive), CompressionMode.Decompress));
        while (await tar.GetNextEntryAsync(cancellationToken: cancellationToken) is { } entry)
        {
            if (entry.DataStream is null)
            {
                continue;
            }

            var name = Path.GetFileName(entry.Name);
            var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(entry.DataStream, cancellationToken));
            isThere |= digest == wanted;
            if (known[name].Any() && !known[name].Contains(digest))
            {
                throw new DiagnosticException(FarmDiagnostics.Unusable(
                    "of icecream", $"would get another {name} than the toolchain's: icecc-create-env packed {entry.Name} with SHA-256 {digest}"));
            }
        }

        if (!isThere)
        {
            throw new DiagnosticException(FarmDiagnostics.Unusable("of icecream", $"would get another compiler than {compiler.Path}"));
        }
    }
}
