using System.Collections.Immutable;
using System.IO.Compression;
using KernelBuild.Host.Processes;

namespace KernelBuild.Caching;

/// <summary>
/// The last call for each object of a device on this machine, whichever checkout made it: what a later call that misses is compared with.
/// </summary>
/// <param name="file">Lines of fields between tabs, in gzip: command lines of kernel objects are long and alike.</param>
/// <param name="workFolder">Of this checkout, which counts for nothing in a comparison.</param>
/// <param name="compiler">Digest of the compiler and its libraries.</param>
internal sealed class CallLedger(string file, string workFolder, string compiler)
{
    /// <summary>Reads ccache's log, says why each object missed that did, and takes the calls into the ledger.</summary>
    public async Task<CompilerCalls> ExplainAsync(string log, Command ccache, CancellationToken cancellationToken)
    {
        var earlier = Load();
        var calls = new CallLog(workFolder, compiler).ReadFile(log);
        var explained = ImmutableArray.CreateBuilder<CompilerCall>(calls.Count);
        foreach (var call in calls.Values)
        {
            var (reason, details) = call.Outcome == CompilerCall.Miss
                ? await WhyAsync(call, earlier.GetValueOrDefault(call.Object), ccache, cancellationToken)
                : ("", []);
            explained.Add(new CompilerCall(call.Object, call.Outcome, reason, details));
            if (call.ResultKey.Length > 0)
            {
                earlier[call.Object] = call;
            }
        }

        Save(earlier.Values);
        return new CompilerCalls(explained.MoveToImmutable());
    }

    private static async Task<(string Reason, ImmutableArray<string> Details)> WhyAsync(
        LoggedCall call, LoggedCall? before, Command ccache, CancellationToken cancellationToken)
    {
        if (before is null)
        {
            return ("never compiled on this machine before", []);
        }

        if (call.Compiler != before.Compiler)
        {
            return ("another compiler", [$"digest {call.Compiler}, was {before.Compiler}"]);
        }

        if (call.Options != before.Options)
        {
            return ("other options", Options(call.Options, before.Options));
        }

        if (call.SourceDigest != before.SourceDigest)
        {
            return ("the source file changed", []);
        }

        if (call.ManifestKey != before.ManifestKey)
        {
            return ("another version or other settings of ccache", []);
        }

        if (call.ResultKey == before.ResultKey)
        {
            return ("no longer in the cache, or another cache", []);
        }

        var files = File.Exists(call.ManifestFile) && await CachedManifest.TryInspectAsync(ccache, call.ManifestFile, cancellationToken) is { } manifest
            ? manifest.Differing(call.ResultKey, before.ResultKey)
            : null;
        return files is null
            ? ("an include file changed; the earlier ones are no longer in the cache", [])
            : ("an include file changed", [.. files]);
    }

    private static ImmutableArray<string> Options(string now, string before)
    {
        var (all, earlier) = (now.Split(' '), before.Split(' '));
        return
        [
            .. all.Except(earlier).Select(option => "+ " + option), .. earlier.Except(all).Select(option => "- " + option),
            .. all.Order(StringComparer.Ordinal).SequenceEqual(earlier.Order(StringComparer.Ordinal)) ? (string[])["in another order"] : [],
        ];
    }

    /// <summary>A file that was cut short or is of another form is no record of anything.</summary>
    private Dictionary<string, LoggedCall> Load()
    {
        var calls = new Dictionary<string, LoggedCall>(StringComparer.Ordinal);
        if (!File.Exists(file))
        {
            return calls;
        }

        try
        {
            using var reader = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
            while (reader.ReadLine() is { } line)
            {
                if (line.Split('\t') is [var name, var digest, var source, var manifest, var result, var options])
                {
                    calls[name] = new LoggedCall(name, options, digest, source, manifest, result);
                }
            }
        }
        catch (InvalidDataException)
        {
            calls.Clear();
        }

        return calls;
    }

    private void Save(IEnumerable<LoggedCall> calls)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using var content = new MemoryStream();
        using (var writer = new StreamWriter(new GZipStream(content, CompressionLevel.Fastest, leaveOpen: true)))
        {
            foreach (var call in calls)
            {
                writer.Write(string.Join(
                    '\t', call.Object, call.Compiler, call.SourceDigest, call.ManifestKey, call.ResultKey, call.Options.Replace('\t', ' ')));
                writer.Write('\n');
            }
        }

        KernelBuild.Host.Files.AtomicFile.Write(file, content.ToArray());
    }
}
