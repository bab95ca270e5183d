using KernelBuild.Fetch;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>How far an import says that it is, and what an interrupted one leaves.</summary>
public sealed class ImportsThatEnd : IDisposable
{
    private readonly TestDevice _bench = new();

    public void Dispose() => _bench.Dispose();

    /// <summary>So much that the import takes longer than a progress line's interval.</summary>
    private string Pack(string command)
    {
        var noise = new byte[3_000_000];
        new Random(1).NextBytes(noise);
        for (var number = 0; number < 30; number++)
        {
            noise[0] = (byte)number;
            _bench.Files.Write($"linux/noise-{number}", noise);
        }

        _bench.Files.Write("linux/Makefile", "VERSION = 6\n");
        _bench.Files.Write("linux/Kconfig", "config X\n");
        Oracle.Text(_bench.Files.Path, "bash", "-ec", command);
        return _bench["a"];
    }

    private async Task FetchAsync(string file, IBuildLog log, CancellationToken cancellationToken)
    {
        await new FetchStage(
            _bench.Device(ArchiveOracle.Spec(file)).SourceRequest, LockFile.Load(_bench.LockFile), new BuildOptions(), _bench.Cache,
            await _bench.StoreAsync(), log).RunAsync(cancellationToken);
    }

    [FactWith("zip")]
    public async Task Files_bytes_rate_and_the_share_of_the_stored_archive_are_said()
    {
        foreach (var command in (string[])["tar -czf a linux", "tar -cf a linux", "zip -qr a.zip linux; mv a.zip a"])
        {
            var log = new ProgressLog();
            await FetchAsync(Pack(command), log, TestContext.Current.CancellationToken);
            log.Lines.ShouldNotBeEmpty(command);
            log.Lines[^1].Message.ShouldMatch(@"^importing: [0-9]+ files, [0-9]+\.[0-9]( of about [0-9]+\.[0-9])? MB(, [0-9.]+ [kM]B/s(, [0-9:]+ left)?)?$");
            log.Lines.Select(line => line.Fraction ?? -1).ShouldBeInOrder();
            log.Lines[^1].Fraction!.Value.ShouldBeInRange(0.3, 1);
            File.Delete(_bench.LockFile);
            _bench.DeleteCache();
        }
    }

    [TheoryWith("zip")]
    [InlineData("tar -czf a linux")]
    [InlineData("cd linux; zip -q -0 -r ../k.zip .; cd ..; tar -cf a k.zip")]
    [InlineData("tar -cf k.tar linux; zip -q -0 a.zip k.tar; mv a.zip a")]
    public async Task An_interrupted_import_leaves_nothing(string command)
    {
        var file = Pack(command);
        using var stop = new CancellationTokenSource();
        var log = new ProgressLog { OnLine = stop.Cancel };
        await Should.ThrowAsync<OperationCanceledException>(() => FetchAsync(file, log, stop.Token).WaitAsync(TimeSpan.FromSeconds(60)));
        Directory.EnumerateFiles(Path.Combine(_bench.Cache.Store, "objects"), "*", SearchOption.AllDirectories).ShouldBeEmpty();
        (Directory.Exists(_bench.Cache.Downloads) ? Directory.EnumerateFiles(_bench.Cache.Downloads) : []).ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(_bench.Folders.Work).ShouldBeEmpty();
        File.Exists(_bench.LockFile).ShouldBeFalse();
        await ArchiveOracle.ImportAsync(_bench, file);
    }
}
