using System.Globalization;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.Tests.Device;

public sealed class DeviceLocks : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task A_second_process_gets_KB9002_and_a_killed_one_holds_nothing()
    {
        using var holder = DummyProgram.Start("hold", _folder.Path, "demo");
        (await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("held");
        var folders = new DeviceFolders(_folder.Path, "demo");
        var finding = Findings.Of("KB9002", () => DeviceLock.Take(folders));
        finding.Message.ShouldContain("'demo'");
        finding.Message.ShouldContain("process " + holder.Id.ToString(CultureInfo.InvariantCulture));
        using (DeviceLock.Take(new DeviceFolders(_folder.Path, "other")))
        {
            // another device is another lock
        }

        holder.Kill();
        await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
        using (DeviceLock.Take(folders))
        {
            Findings.Of("KB9002", () => DeviceLock.Take(folders));
        }

        DeviceLock.Take(folders).Dispose();
    }

    public void Dispose() => _folder.Dispose();
}
