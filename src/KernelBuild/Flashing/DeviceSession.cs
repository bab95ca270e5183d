using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Flashing;

/// <summary>What flash and rollback do alike on a device: read it, save a partition, write one and look whether it is there.</summary>
/// <param name="fastboot">The device.</param>
/// <param name="log">Where it says what it does.</param>
internal sealed class DeviceSession(Fastboot fastboot, IBuildLog log)
{
    private const int SparseBlock = 4096;

    /// <summary>
    /// The variables that are listed, and of those that are needed and not listed, what is said to a question of their own.
    /// </summary>
    public async Task<FastbootVariables> ReadVariablesAsync(IEnumerable<string> needed, CancellationToken cancellationToken)
    {
        var variables = await fastboot.ReadVariablesAsync(cancellationToken);
        var hasSizes = variables.Values.Keys.Any(name => name.StartsWith("partition-size:", StringComparison.Ordinal));
        foreach (var name in needed.Where(name => variables[name] is null))
        {
            // a list that has sizes has them all: what is not in it is not there
            if (!hasSizes || !name.StartsWith("partition-size:", StringComparison.Ordinal))
            {
                variables = variables.With(name, await fastboot.ReadVariableAsync(name, cancellationToken));
            }
        }

        if (variables.CanFetch && !await Fastboot.HasFetchAsync(cancellationToken))
        {
            log.Status("the bootloader gives partitions out, and this fastboot has no command for it (fetch, platform-tools 31 and later)");
            variables = variables with { HostLacksFetch = true };
        }

        return variables;
    }

    /// <summary>Writes a file to a partition and, where the device gives partitions out, reads it back.</summary>
    /// <exception cref="DiagnosticException">KB9027, KB9028; KB9030 when something else is there afterwards.</exception>
    public async Task FlashAsync(string partition, string file, FastbootVariables variables, CancellationToken cancellationToken)
    {
        log.Status(fastboot.TextOf("flash", partition, file));
        await SendAsync(partition, file, variables.MaxDownload, cancellationToken);
        if (!variables.CanFetch || variables.SizeOf(partition) is not { } size)
        {
            return;
        }

        var readBack = Path.Combine(Path.GetTempPath(), $"kernelbuild-{Guid.NewGuid():n}.img");
        try
        {
            if (await fastboot.TryFetchAsync(partition, readBack, size, cancellationToken) is { } refusal)
            {
                log.Status($"{partition} was written, and is not compared: the bootloader does not give it out ({refusal})");
            }
            else if (!BeginsWith(readBack, file))
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.BackupDamaged, $"{partition} does not hold what was written to it: read back, it differs from the file",
                    "run the same again; if it stays so, the device's memory or its cable is broken") with
                { File = file });
            }
        }
        finally
        {
            File.Delete(readBack);
        }
    }

    /// <summary>
    /// fastboot sends what is too long for one piece as sparse images, and those of a file that ends within a block are damaged: their
    /// header counts a chunk that is not there. Such a file is sent with zeros up to the block's end. Seen with fastboot 29; source: AOSP,
    /// system/core/libsparse, output_file.cpp, write_skip_chunk.
    /// </summary>
    private async Task SendAsync(string partition, string file, long? limit, CancellationToken cancellationToken)
    {
        var length = new FileInfo(file).Length;
        if (!(length > limit) || length % SparseBlock == 0)
        {
            await fastboot.FlashAsync(partition, file, cancellationToken);
            return;
        }

        var padded = Path.Combine(Path.GetTempPath(), $"kernelbuild-{Guid.NewGuid():n}.img");
        try
        {
            File.Copy(file, padded);
            using (var stream = File.OpenWrite(padded))
            {
                stream.SetLength(length + SparseBlock - (length % SparseBlock));
            }

            log.Status($"sent with zeros to a multiple of {SparseBlock} bytes, which sparse images need");
            await fastboot.FlashAsync(partition, padded, cancellationToken);
        }
        finally
        {
            File.Delete(padded);
        }
    }

    private static bool BeginsWith(string longer, string shorter)
    {
        using var first = File.OpenRead(longer);
        using var second = File.OpenRead(shorter);
        var (left, right) = (new byte[1 << 20], new byte[1 << 20]);
        while (second.ReadAtLeast(right, right.Length, throwOnEndOfStream: false) is > 0 and var count)
        {
            if (first.ReadAtLeast(left.AsSpan(0, count), count, throwOnEndOfStream: false) != count
                || !left.AsSpan(0, count).SequenceEqual(right.AsSpan(0, count)))
            {
                return false;
            }
        }

        return true;
    }
}
