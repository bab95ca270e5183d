using System.Diagnostics;
using System.Security.Cryptography;
using KernelBuild.Testing.Caching;

namespace KernelBuild.Tests.Caching;

/// <summary>Many clients on one cache, killed wherever they are: what the cache answers afterwards is what the compiler makes.</summary>
public sealed class ManyClients : IDisposable
{
    private const string Password = "pw-of-many";
    private const int Sources = 6;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static int Rounds => Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is { Length: > 0 } ? 400 : 8;

    [FactWith("ccache", "clang-19", "redis-server")]
    public async Task A_hit_is_what_the_compiler_makes_however_many_were_killed()
    {
        using var server = CacheServer.Redis(Password);
        var expected = Enumerable.Range(0, Sources).Select(Fresh).ToArray();
        var random = new Random(19);
        for (var round = 0; round < Rounds; round++)
        {
            // four machines with a local cache each, some of them shared by two clients
            var clients = Enumerable.Range(0, 8).Select(client => Start(server, client, random.Next(Sources), $"killed-{client}.o")).ToArray();
            await Task.Delay(random.Next(5, 250), TestContext.Current.CancellationToken);
            foreach (var client in clients.Where(_ => random.Next(4) > 0))
            {
                client.Kill(entireProcessTree: true);
            }

            foreach (var client in clients)
            {
                await client.WaitForExitAsync(TestContext.Current.CancellationToken);
                client.Dispose();
            }
        }

        var hits = 0;
        for (var client = 0; client < 8; client += 2)
        {
            for (var source = 0; source < Sources; source++)
            {
                var log = _folder[$"stats-{client}-{source}"];
                using var asked = Start(server, client, source, "asked.o", log);
                await asked.WaitForExitAsync(TestContext.Current.CancellationToken);
                asked.ExitCode.ShouldBe(0);
                Digest(_folder["asked.o"]).ShouldBe(expected[source], $"client {client}, source {source}");
                hits += File.ReadAllText(log).Contains("direct_cache_hit", StringComparison.Ordinal) ? 1 : 0;
            }
        }

        // a test in which nothing was answered from the cache shows nothing
        hits.ShouldBeGreaterThan(Sources);
    }

    private string Fresh(int source)
    {
        var lines = Enumerable.Range(0, 400).Select(line => $"int f{source}_{line}(int x) {{ return x * {line} + {source}; }}");
        _folder.Write($"s{source}.h", $"#define S {source}\n");
        _folder.Write($"s{source}.c", $"#include \"s{source}.h\"\n{string.Join('\n', lines)}\nint s = S;\n");
        Oracle.Text(_folder.Path, "clang-19", "-O1", "-c", "-o", "fresh.o", $"s{source}.c");
        return Digest(_folder["fresh.o"]);
    }

    private static string Digest(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));

    private Process Start(CacheServer server, int client, int source, string output, string? log = null)
    {
        string[] arguments = ["clang-19", $"-Wp,-MMD,{output}.d", "-O1", "-c", "-o", output, $"s{source}.c"];
        var start = new ProcessStartInfo("ccache", arguments) { WorkingDirectory = _folder.Path };
        start.Environment["CCACHE_DIR"] = _folder[$"cache-{client / 2}"];
        start.Environment["CCACHE_DEPEND"] = "1";
        start.Environment["CCACHE_COMPILERCHECK"] = "string:one";
        start.Environment["CCACHE_REMOTE_STORAGE"] = $"redis://:{Password}@127.0.0.1:{server.Port}";
        if (log is not null)
        {
            start.Environment["CCACHE_STATSLOG"] = log;
        }

        return Process.Start(start)!;
    }
}
