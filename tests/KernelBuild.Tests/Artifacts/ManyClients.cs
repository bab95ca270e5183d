using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using KernelBuild.Artifacts;
using KernelBuild.Host.Files;

namespace KernelBuild.Tests.Artifacts;

/// <summary>64 clients of one store at once, killed at seeded moments.</summary>
public sealed class ManyClients : IDisposable
{
    private const int Clients = 64;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Clients_that_are_killed_leave_no_damage_and_no_wrong_hit()
    {
        var isExhaustive = Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is { Length: > 0 };
        // by default eight clients share a process: starting 64 takes two processors longer than the test
        var processes = isExhaustive ? Clients : 8;
        var lifetime = TimeSpan.FromSeconds(isExhaustive ? 180 : 8);
        var answers = new ConcurrentBag<string>();
        var (kills, seed) = (0, 0);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, processes).Select(slot => Task.Run(async () =>
        {
            var random = new Random(slot);
            // two lives at least, however busy the machine is
            for (var life = 0; life < 2 || watch.Elapsed < lifetime; life++)
            {
                var number = Interlocked.Increment(ref seed).ToString(CultureInfo.InvariantCulture);
                using var client = DummyProgram.Start(
                    "store", _folder["store"], number, $"{Clients / processes}", _folder.Folder("scratch"));
                var atWork = new TaskCompletionSource();
                var reading = Task.Run(() =>
                {
                    while (client.StandardOutput.ReadLine() is { } line)
                    {
                        answers.Add(line);
                        atWork.TrySetResult();
                    }

                    atWork.TrySetResult();
                });
                await atWork.Task;
                await Task.Delay(random.Next(1, 1500));
                client.Kill();
                await client.WaitForExitAsync();
                await reading;
                Interlocked.Increment(ref kills);
            }
        })));
        var counts = answers.GroupBy(answer => answer.Split(' ')[0]).ToDictionary(group => group.Key, group => group.Count());
        answers.Where(answer => answer is not ("hit" or "put")).ShouldBeEmpty();
        counts.GetValueOrDefault("hit").ShouldBeGreaterThan(20);
        kills.ShouldBeGreaterThanOrEqualTo(2 * processes);

        // the oracle: every blob is what it is called
        var sums = Oracle.Text(_folder["store/blobs/sha256"], "sh", "-c", "sha256sum *").Split('\n');
        sums.ShouldAllBe(line => line.Substring(0, 64) == line.Substring(66));
        using var store = StoreAddress.Open(_folder["store"], new CacheFolder(_folder.Path));
        foreach (var entry in Directory.GetFiles(_folder["store/entries"]))
        {
            var fetched = await store.FetchAsync(
                Path.GetFileNameWithoutExtension(entry), _folder["last"], TestContext.Current.CancellationToken);
            fetched.Damage.ShouldBeNull();
            fetched.Entry.ShouldNotBeNull();
        }
    }
}
