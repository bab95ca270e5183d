using KernelBuild.Host.Processes;

namespace KernelBuild.Passthrough;

/// <summary>
/// The isolation test on a machine without an IOMMU, where DMA reaches every address: if it does not arrive there, its being blocked
/// elsewhere says nothing.
/// </summary>
internal sealed class IsolationControl(ProofMachine machine, string folder)
{
    /// <summary>What dma-guest.c leaves at the address: 0xa5 and seven more for each byte.</summary>
    private static readonly byte[] _left = [.. Enumerable.Range(0, 256).Select(at => (byte)(0xa5 + (at * 7)))];

    /// <returns>A guest that did not power off in time has shown nothing.</returns>
    public async Task<ControlResult> RunAsync(CancellationToken cancellationToken)
    {
        var memory = Path.Combine(folder, "control-memory");
        var console = new List<string>();
        try
        {
            using (var file = new FileStream(memory, FileMode.Create, FileAccess.Write))
            {
                file.SetLength((long)machine.MemoryBytes);
            }

            await (new Command("qemu-system-aarch64").WithArguments(
                "-M", "virt,gic-version=3,highmem=off,memory-backend=memory", "-cpu", "cortex-a57",
                "-m", $"{machine.MemoryBytes >> 20}M", "-object", ProofMachine.MemoryObject(machine.MemoryBytes, memory),
                "-nodefaults", "-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot", "-nic", "none",
                "-device", "edu,dma_mask=0xffffffffffffffff", "-kernel", Path.Combine(folder, "dma-guest")) with
            {
                OnOutput = line => console.Add(line.TrimEnd('\r')),
                Timeout = TimeSpan.FromSeconds(60),
                CancelGracePeriod = TimeSpan.FromSeconds(2),
            }).RunAsync(cancellationToken);
            return new ControlResult(GuestConsole.Outside(console) == "arrived" && IsLeft(memory), [.. console]);
        }
        catch (TimeoutException)
        {
            return new ControlResult(false, [.. console, "the guest did not power off within 60 s"]);
        }
        finally
        {
            File.Delete(memory);
        }
    }

    private bool IsLeft(string memory)
    {
        var now = new byte[_left.Length];
        using var file = File.OpenRead(memory);
        file.Position = (long)(machine.Outside - ProofMachine.MemoryBase);
        file.ReadExactly(now);
        return now.AsSpan().SequenceEqual(_left);
    }
}
