using KernelBuild.Device;
using KernelBuild.Fetch;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Testing.Devices;

namespace KernelBuild.Tests.Fetch;

/// <summary>A second device on the same source downloads and imports nothing.</summary>
public sealed class SecondDevices : IDisposable
{
    private readonly TestDevice _bench = new();

    [Fact]
    public async Task An_archive_is_downloaded_and_imported_once()
    {
        _bench.Files.Write("linux/Makefile", "VERSION = 6\n");
        _bench.Files.Folder("www");
        Oracle.Text(_bench.Files.Path, "tar", "-cf", "www/linux.tar", "linux");
        using var server = new GitHttpServer(_bench["www"]);
        var spec = $"archive:{server.Url("linux.tar")}#sha256={Sha256Digest.Of(await File.ReadAllBytesAsync(_bench["www/linux.tar"], TestContext.Current.CancellationToken))}";
        var first = await _bench.FetchAsync(spec);
        var said = _bench.Log.Lines.Count;

        // another device: no lock, no tree; and the download is gone
        File.Delete(_bench.LockFile);
        Directory.Delete(_bench.Folders.Tree, recursive: true);
        Directory.Delete(_bench.Cache.Downloads, recursive: true);
        (await _bench.FetchAsync(new SourceItem(spec), new BuildOptions { Offline = true })).ShouldBe(first);
        _bench.Log.Lines.Count.ShouldBe(said);
        server.Requests.ShouldBe(1);
        LockFile.Load(_bench.LockFile).Source.ShouldBe(first);
    }

    public void Dispose() => _bench.Dispose();
}
