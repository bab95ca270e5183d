using System.Diagnostics;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Git.Objects;

namespace KernelBuild.Tests.Fetch;

/// <summary>Changed bytes and cuts: a tree or a coded finding, nothing outside of the folder, no leftovers, no hang.</summary>
public sealed class DamagedArchives : IDisposable
{
    private static readonly int _scale = Environment.GetEnvironmentVariable("KERNELBUILD_EXHAUSTIVE") is null ? 1 : 100;

    private readonly TestFolder _folder = new();
    private readonly TestLog _log = new();

    public DamagedArchives()
    {
        _folder.Write("linux/small", "content\n");
        _folder.Script("linux/scripts/run.sh", "true");
        _folder.Write("linux/init/größe", new string('x', 700));
        _folder.Write("linux/" + new string('n', 120), "long\n");
        File.CreateSymbolicLink(_folder["linux/link"], "small");
        using (var file = File.Create(_folder["linux/sparse"]))
        {
            file.SetLength(400_000);
            file.Position = 100_000;
            file.Write("piece"u8);
        }

        Oracle.Text(_folder.Path, "ln", "linux/small", "linux/hard");
        _folder.Folder("inside/packs");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gnu", 500)]
    [InlineData("posix --sparse-version=0.0", 300)]
    [InlineData("posix --sparse-version=0.1", 300)]
    [InlineData("posix --sparse-version=1.0", 300)]
    public Task Damaged_tars(string format, int count)
    {
        Oracle.Text(_folder.Path, "bash", "-ec", $"tar --sparse --format={format} -cf a linux");
        return DamageAsync(count * _scale, seed: 1);
    }

    [FactWith("zip")]
    public Task Damaged_zips()
    {
        Oracle.Text(_folder.Path, "bash", "-ec", "zip -qry a.zip linux; mv a.zip a");
        return DamageAsync(600 * _scale, seed: 2);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public Task Damaged_streams(string program)
    {
        Oracle.Text(_folder.Path, "bash", "-ec", $"tar -c linux | {program} -c > a");
        return DamageAsync(10 * _scale, seed: 3);
    }

    private async Task DamageAsync(int count, int seed)
    {
        var whole = await File.ReadAllBytesAsync(_folder["a"], TestContext.Current.CancellationToken);
        _folder.Write("inside/archive", whole);
        var outside = Outside();
        var (trees, findings) = (0, 0);
        for (var number = 0; number < count; number++)
        {
            var random = new Random((seed * 1_000_000) + number);
            var bytes = whole[..(random.Next(4) == 0 ? random.Next(whole.Length) : whole.Length)];
            for (var flips = random.Next(1, 6); flips > 0 && bytes.Length > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            await File.WriteAllBytesAsync(_folder["inside/archive"], bytes, TestContext.Current.CancellationToken);
            var watch = Stopwatch.StartNew();
            try
            {
                await ImportAsync();
                trees++;
            }
            catch (DiagnosticException e)
            {
                e.Diagnostics[0].Code.ShouldBeOneOf("KB1005", "KB1006");
                findings++;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw new InvalidOperationException($"number {number} of seed {seed}: {e.GetType().Name}", e);
            }

            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10), $"number {number} of seed {seed}");
            Directory.EnumerateFiles(_folder["inside/packs"]).ShouldBeEmpty($"number {number} of seed {seed}");
        }

        Outside().ShouldBe(outside);
        findings.ShouldBeGreaterThan(0);
        (trees + findings).ShouldBe(count);
    }

    private async Task ImportAsync()
    {
        using var work = new TestFolder();
        await using var pack = PackFile.Create(_folder["inside/packs"], []);
        await ArchiveOnDisk.ReadAsync(
            _folder["inside/archive"], "archive", _folder["inside/packs"],
            (members, token) =>
            {
                TreeImport.Run("archive", members, pack, work.Path, _ => { }, _log, token);
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken);
    }

    /// <summary>All files but what is being imported, with their times.</summary>
    private string Outside() =>
        Oracle.Text(_folder.Path, "find", ".", "-path", "./inside", "-prune", "-o", "!", "-type", "d", "-printf", "%p %s %T@ %l\n")
        + string.Join('\n', Directory.EnumerateFileSystemEntries(_folder["inside"]).Order(StringComparer.Ordinal));
}
