using System.Collections.Immutable;
using System.Text.Json;
using KernelBuild.Host.Files;

namespace KernelBuild.Caching;

/// <summary>Every call of the compiler in one compilation, sorted by object.</summary>
public sealed record CompilerCalls(ImmutableArray<CompilerCall> Calls)
{
    /// <summary>The commonest first.</summary>
    internal ImmutableArray<MissCount> Reasons =>
    [
        .. Calls.Where(call => call.Outcome == CompilerCall.Miss).CountBy(call => call.Reason)
            .OrderByDescending(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal)
            .Select(one => new MissCount(one.Key, one.Value)),
    ];

    /// <summary>Null when there is no such file.</summary>
    public static CompilerCalls? TryLoad(string path) => File.Exists(path)
        ? JsonSerializer.Deserialize(File.ReadAllBytes(path), CachingJson.Default.CompilerCalls)
        : null;

    internal void Save(string path) => AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, CachingJson.Default.CompilerCalls));
}
