using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Caching;

/// <summary>
/// Measures a shared cache before a build relies on it, by ccache itself: one small object is compiled, stored there and asked for again.
/// So password, database, path, rights and time are those that the build will meet.
/// </summary>
/// <param name="ccache">The program, with the PATH of the build.</param>
/// <param name="compiler">As the build calls it.</param>
/// <param name="folder">For the object; removed again.</param>
public sealed class RemoteProbe(CompilerCacheSetting setting, Command ccache, string compiler, string folder)
{
    /// <summary>Bytes of the object; ccache's entries of kernel objects have about as many.</summary>
    private const int Size = 16 << 10;

    /// <summary>Milliseconds in the place of the 50 of <see cref="Limit"/>, for who knows the line to be slow and wants it all the same.</summary>
    public const string LimitVariable = "KERNELBUILD_COMPILER_CACHE_LIMIT";

    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What connecting, asking and storing may always take for an object that is not there. A kernel's object compiles in a second or so: a
    /// cache at this limit costs a build that finds nothing a few percent.
    /// </summary>
    internal TimeSpan Limit { get; init; } =
        int.TryParse(Environment.GetEnvironmentVariable(LimitVariable), CultureInfo.InvariantCulture, out var milliseconds) && milliseconds > 0
            ? TimeSpan.FromMilliseconds(milliseconds)
            : TimeSpan.FromMilliseconds(50);

    /// <returns>Null for a cache that is not worth it, and what the user is to be told.</returns>
    public async Task<(RemoteStorage? Storage, Diagnostic? Finding)> RunAsync(CancellationToken cancellationToken)
    {
        var (storage, finding, isSlow) = await TryAsync(cancellationToken);
        if (isSlow)
        {
            // whatever else the machine was doing
            (storage, finding, _) = await TryAsync(cancellationToken);
        }

        return (storage, finding);
    }

    private async Task<(RemoteStorage? Storage, Diagnostic? Finding, bool IsSlow)> TryAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "probe.c"), Source(), cancellationToken);
            var write = await TraceAsync("write", isNew: true, cancellationToken);
            if (write.Failure is not null && write.Reads == 0)
            {
                return (null, Dropped("cannot be used: " + write.Failure), false);
            }

            var isReadOnly = write.Writes == 0;
            var read = await TraceAsync("read", isNew: false, cancellationToken);
            if (read.Reads == 0 || (!isReadOnly && read.Hits == 0))
            {
                return (null, Dropped("does not give back what was stored: " + (read.Failure ?? "no entry")), false);
            }

            var slowest = write.Spent > read.Spent ? write.Spent : read.Spent;
            // a machine with much to do is slow at both
            var limit = write.Compiling / 3 > Limit ? write.Compiling / 3 : Limit;
            if (slowest > limit)
            {
                return (null, Dropped(string.Create(
                    CultureInfo.InvariantCulture,
                    $"takes {slowest.TotalMilliseconds:0} ms for an object; more than {limit.TotalMilliseconds:0} ms is slower than local")), true);
            }

            return (new RemoteStorage(setting, isReadOnly), isReadOnly ? ReadOnly(write.Failure ?? "nothing was stored") : null, false);
        }
        catch (Exception e) when (e is TimeoutException or DiagnosticException)
        {
            return (null, Dropped("cannot be tried: " + (e is DiagnosticException { Diagnostics: [var first, ..] } ? first.Message : "no answer")), false);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Always the same, so that all probes are one entry; it does not compress.</summary>
    private static string Source()
    {
        var text = new StringBuilder("const char probe[] = \"");
        var digest = SHA256.HashData("kernelbuild"u8);
        for (var bytes = 0; bytes < Size; bytes += digest.Length)
        {
            text.Append(string.Concat(digest.Select(value => "\\x" + value.ToString("x2", CultureInfo.InvariantCulture))));
            digest = SHA256.HashData(digest);
        }

        return text.Append("\";\n").ToString();
    }

    private async Task<RemoteTrace> TraceAsync(string name, bool isNew, CancellationToken cancellationToken)
    {
        var log = Path.Combine(folder, name + ".log");
        var command = ccache with
        {
            // nobody's settings: the probe asks for the remote alone
            Environment = ccache.Environment.Where(one => !one.Key.StartsWith("CCACHE_", StringComparison.Ordinal))
                .ToImmutableSortedDictionary(StringComparer.Ordinal),
            Timeout = _longest,
        };
        command = command.WithArguments(compiler, "-O0", "-MMD", "-MF", "probe.d", "-c", "-o", "probe.o", "probe.c").In(folder)
            .WithEnvironment("CCACHE_CONFIGPATH", "/dev/null")
            .WithEnvironment("CCACHE_DIR", Path.Combine(folder, "ccache"))
            .WithEnvironment("CCACHE_REMOTE_ONLY", "1")
            .WithEnvironment("CCACHE_DEPEND", "1")
            .WithEnvironment("CCACHE_NOHASHDIR", "1")
            .WithEnvironment("CCACHE_COMPILERCHECK", "string:probe")
            .WithEnvironment("CCACHE_LOGFILE", log)
            .WithEnvironment("CCACHE_REMOTE_STORAGE", new RemoteStorage(setting, IsReadOnly: false).SecretValue)
            .WithEnvironment("CCACHE_RECACHE", isNew ? "1" : null);
        await command.RunAsync(cancellationToken);
        return RemoteTrace.Read(await File.ReadAllLinesAsync(log, cancellationToken));
    }

    private Diagnostic Dropped(string why) => Diagnostic.Warning(
        DiagnosticCodes.CompilerCacheDropped, $"the shared compiler cache {setting} {setting.WithoutSecret(why)}",
        "the build goes on with the local cache; ask whoever keeps the server, or set another CompilerCache");

    private Diagnostic ReadOnly(string why) => Diagnostic.Warning(
        DiagnosticCodes.CompilerCacheReadOnly, $"the shared compiler cache {setting} takes nothing: {setting.WithoutSecret(why)}",
        "it is used for reading; give a user with the right to write, if objects of this build are to be shared");
}
