using KernelBuild.Diagnostics;
using KernelBuild.Host.Reporting;

namespace KernelBuild.Flashing;

/// <summary>What flash and rollback do alike on a device: read it, save a partition, write one and look whether it is there.</summary>
/// <param name="fastboot">The device.</param>
/// <param name="log">Where it says what it does.</param>
internal sealed class DeviceSession(Fastboot fastboot, IBuildLog log)
{
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
            variables = variables.Without("max-fetch-size");
        }

        return variables;
    }

    /// <summary>Writes a file to a partition and, where the device gives partitions out, reads it back.</summary>
    /// <exception cref="DiagnosticException">KB9027, KB9028; KB9030 when something else is there afterwards.</exception>
    public async Task FlashAsync(string partition, string file, FastbootVariables variables, CancellationToken cancellationToken)
    {
        log.Status(fastboot.TextOf("flash", partition, file));
        await fastboot.FlashAsync(partition, file, cancellationToken);
        if (!variables.CanFetch || variables.SizeOf(partition) is not { } size)
        {
            return;
        }

        var readBack = Path.Combine(Path.GetTempPath(), $"kernelbuild-{Guid.NewGuid():n}.img");
        try
        {
            await fastboot.FetchAsync(partition, readBack, size, cancellationToken);
            if (!BeginsWith(readBack, file))
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
