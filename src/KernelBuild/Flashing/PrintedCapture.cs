using KernelBuild.Iommu.Capturing;

namespace KernelBuild.Flashing;

/// <summary>
/// What a shell prints while it runs the capture script. When it has printed the last line it has a moment to end: adb without the protocol
/// shell v2 never does.
/// </summary>
public sealed class PrintedCapture : IDisposable
{
    private static readonly TimeSpan _graceAfterLastLine = TimeSpan.FromSeconds(3);

    private readonly MemoryStream _bytes = new();
    private readonly CancellationTokenSource _hung = new();

    /// <summary>Cancelled when all has been printed and the shell goes on.</summary>
    public CancellationToken HasHung => _hung.Token;

    /// <summary>All that was printed so far.</summary>
    public byte[] ToArray() => _bytes.ToArray();

    /// <summary>Reads to the end.</summary>
    public async Task CollectAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 16];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            await _bytes.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            if (CaptureScript.IsComplete(_bytes.GetBuffer().AsSpan(0, (int)_bytes.Length)))
            {
                _hung.CancelAfter(_graceAfterLastLine);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _hung.Dispose();
    }
}
