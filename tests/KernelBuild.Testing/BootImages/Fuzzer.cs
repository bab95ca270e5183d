using System.Diagnostics;
using KernelBuild.Diagnostics;

namespace KernelBuild.Testing.BootImages;

/// <summary>Feeds readers with seeded mutations; the n-th input of a seed is always the same.</summary>
public sealed class Fuzzer(FuzzTarget target, int seed)
{
    /// <summary>Bytes that reading one small input may take, all buffers counted; a decoder's own block is 8 MiB.</summary>
    private const long MostMemory = 48 << 20;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(1);

    public long Inputs { get; private set; }

    /// <summary>Inputs that were read without an error.</summary>
    public long Accepted { get; private set; }

    public TimeSpan Slowest { get; private set; }

    public long LargestAllocation { get; private set; }

    /// <summary>The first defect; null as long as there is none.</summary>
    public string? Defect { get; private set; }

    /// <summary>Goes on until a number of inputs, a time or a defect is reached.</summary>
    public void Run(long inputs, TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0L; i < inputs && watch.Elapsed < time && Defect is null; i++)
        {
            One(new Random(HashCode(seed, Inputs)));
            Inputs++;
        }
    }

    private void One(Random random)
    {
        var bytes = Mutated(target.Seeds[random.Next(target.Seeds.Count)], random);
        var memory = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        try
        {
            var findings = target.Read(bytes).ToArray();
            if (findings.FirstOrDefault(f => !f.Code.StartsWith("KB5", StringComparison.Ordinal) || f.Message.Length == 0) is { } odd)
            {
                Report($"a finding with the code '{odd.Code}'");
            }

            Accepted += findings.Any(f => f.Severity == DiagnosticSeverity.Error) ? 0 : 1;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Report(exception.ToString());
        }

        var elapsed = Stopwatch.GetElapsedTime(started);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - memory;
        Slowest = elapsed > Slowest ? elapsed : Slowest;
        LargestAllocation = Math.Max(LargestAllocation, allocated);
        if (elapsed > MostTime)
        {
            // A machine that does something else is no defect of ours: what is slow by the clock must be slow by the processor too.
            var before = Environment.CpuUsage.TotalTime;
            _ = target.Read(bytes).Count();
            var again = Environment.CpuUsage.TotalTime - before;
            if (again > MostTime)
            {
                Report($"{again} for {bytes.Length} bytes");
            }
        }

        if (allocated > MostMemory)
        {
            Report($"{allocated} bytes of memory for {bytes.Length} bytes");
        }
    }

    private void Report(string what) => Defect ??= $"{target.Name}, seed {seed}, input {Inputs}: {what}";

    private static byte[] Mutated(byte[] original, Random random)
    {
        var bytes = original[..(random.Next(8) == 0 ? random.Next(original.Length + 1) : original.Length)];
        for (var change = random.Next(1, 6); change > 0 && bytes.Length > 0; change--)
        {
            // Headers are at the front, footers at the end.
            var at = random.Next(4) switch
            {
                0 => random.Next(Math.Min(bytes.Length, 128)),
                1 => bytes.Length - 1 - random.Next(Math.Min(bytes.Length, 64)),
                _ => random.Next(bytes.Length),
            };
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.AsSpan(at, Math.Min(4, bytes.Length - at)).Fill((byte)(random.Next(2) * 0xff));
                    break;
                case 3:
                    var count = Math.Min(random.Next(1, 16), bytes.Length - at);
                    bytes.AsSpan(random.Next(bytes.Length - count + 1), count).CopyTo(bytes.AsSpan(at));
                    break;
                default:
                    bytes = [.. bytes.AsSpan(0, at), .. bytes.AsSpan(Math.Min(bytes.Length, at + random.Next(1, 9)))];
                    break;
            }
        }

        return bytes;
    }

    private static int HashCode(int seed, long number) =>
        unchecked((int)(((ulong)(number + 1) * 0x9E3779B97F4A7C15UL) >> 32) ^ (seed * 16777619));
}
