using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Manifest;

namespace KernelBuild.Attestation;

/// <summary>
/// SHA256SUMS over every file of an artifacts folder, in the form of sha256sum(1), and its signature: whoever trusts the signature needs
/// nothing else. Provenance has a signature of its own, as it travels alone.
/// </summary>
internal static class ArtifactSeal
{
    private static readonly string[] _signed = [BuildManifest.SumsFileName, Attestations.ProvenanceFileName];

    /// <summary>Writes SHA256SUMS anew and signs.</summary>
    /// <param name="key">Null to leave the folder unsigned; old signatures go.</param>
    public static async Task WriteAsync(string folder, ArtifactKey? key, CancellationToken cancellationToken)
    {
        foreach (var file in _signed.SelectMany(Signatures).Select(name => Path.Combine(folder, name)))
        {
            File.Delete(file);
        }

        if (key is not null)
        {
            var provenance = Path.Combine(folder, Attestations.ProvenanceFileName);
            AtomicFile.Write(provenance + key.Extension, await key.SignAsync(provenance, cancellationToken));
        }

        var sums = new StringBuilder();
        foreach (var (name, digest) in Files(folder).AsParallel().AsOrdered()
            .Select(name => (name, Sha256Digest.OfFile(Path.Combine(folder, name)))))
        {
            sums.Append(Line(name, digest.ToString()));
        }

        var path = Path.Combine(folder, BuildManifest.SumsFileName);
        AtomicFile.Write(path, sums.ToString());
        if (key is not null)
        {
            AtomicFile.Write(path + key.Extension, await key.SignAsync(path, cancellationToken));
        }
    }

    /// <summary>Names of the signatures that a file may have.</summary>
    public static IEnumerable<string> Signatures(string name) => [name + ArtifactKey.SshExtension, name + ArtifactKey.GpgExtension];

    /// <summary>Every file of the folder but the list itself and what signs it, sorted, by its name below the folder.</summary>
    public static IEnumerable<string> Files(string folder)
    {
        // a link would hand on what is not in the folder
        var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return Directory.EnumerateFiles(folder, "*", everything)
            .Select(file => Path.GetRelativePath(folder, file))
            .Where(name => name != BuildManifest.SumsFileName && !Signatures(BuildManifest.SumsFileName).Contains(name))
            .Order(StringComparer.Ordinal);
    }

    /// <summary>The names and digests of a list.</summary>
    /// <exception cref="DiagnosticException">KB9051 for a line that is none.</exception>
    public static IReadOnlyList<(string Name, Sha256Digest Digest)> Read(string path)
    {
        var sums = new List<(string, Sha256Digest)>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            var escaped = line.StartsWith('\\');
            var text = escaped ? line[1..] : line;
            if (text.Length > 66 && text[64] == ' ' && text[65] is ' ' or '*' && Sha256Digest.TryParse(text[..64], out var digest))
            {
                sums.Add((escaped ? Unescape(text[66..]) : text[66..], digest));
                continue;
            }

            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ArtifactDiffers, "the line is none of sha256sum's", "take the folder from where it was built, once more") with
            { File = path, Line = number });
        }

        return sums;
    }

    /// <remarks>sha256sum(1), "GNU coreutils", sha2 utilities: a backslash before the digest says that the name is escaped.</remarks>
    private static string Line(string name, string digest) => name.AsSpan().IndexOfAny("\\\n\r") < 0
        ? $"{digest}  {name}\n"
        : $"\\{digest}  {name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal)}\n";

    private static string Unescape(string name)
    {
        var text = new StringBuilder();
        for (var at = 0; at < name.Length; at++)
        {
            text.Append(name[at] != '\\' || at + 1 == name.Length ? name[at] : name[++at] switch
            {
                'n' => '\n',
                'r' => '\r',
                var other => other,
            });
        }

        return text.ToString();
    }
}
