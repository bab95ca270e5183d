using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace KernelBuild.Benchmarks;

/// <summary>
/// What a compile farm can give: a sample of the objects of a kernel that was built here is compiled whole, and prepared as icecream
/// and distcc prepare them; from these figures follow times for farms of any size.
/// </summary>
internal static partial class FarmModel
{
    /// <summary>Of a host.</summary>
    private const int Jobs = 4;

    /// <param name="output">kbuild's output folder of a device.</param>
    /// <param name="sample">How many objects, evenly over all that there are.</param>
    /// <param name="serialSeconds">Linking, kallsyms, compressing: what no farm shortens.</param>
    /// <param name="processors">Of this machine, in the forecast.</param>
    /// <param name="kbuildMilliseconds">Of this machine for each object, whoever compiles it: make, sh, fixdep, objtool.</param>
    public static int Run(string output, int sample, int serialSeconds, int kbuildMilliseconds, int processors)
    {
        var commands = Directory.EnumerateFiles(output, ".*.o.cmd", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(file => Command().Match(File.ReadLines(file).First()))
            .Where(match => match.Success)
            .Select(match => match.Groups[1].Value)
            .ToArray();
        if (commands.Length == 0)
        {
            Console.Error.WriteLine($"{output} has no objects of C sources that clang compiled");
            return 1;
        }

        sample = Math.Min(sample, commands.Length);
        var chosen = Enumerable.Range(0, sample).Select(index => commands[index * commands.Length / sample]).ToArray();
        var measured = chosen.Select(command => Measured.Of(output, command)).ToArray();
        var mean = new Measured(
            measured.Average(one => one.Compile), measured.Average(one => one.Rewrite), measured.Average(one => one.Expand),
            measured.Average(one => one.Sent), measured.Average(one => one.Received));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{commands.Length} objects, {chosen.Length} measured. A mean object: compiled here {mean.Compile * 1000:0} ms of processor, prepared for icecream "
            + $"{mean.Rewrite * 1000:0} ms, for distcc {mean.Expand * 1000:0} ms; {mean.Sent / 1000:0} kB go out (zstd), {mean.Received / 1000:0} kB come back"));
        var worth = measured.Count(one => one.Compile > one.Rewrite + ((one.Sent + one.Received) / 12.5e6));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{100.0 * worth / measured.Length:0} % of the objects take less of this machine and a 100 Mbit/s line together than compiling them here"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"seconds for the whole kernel, {processors} processors here, hosts of {Jobs} jobs each, icecream:"));
        Console.WriteLine("| hosts | 100 Mbit/s | 1 Gbit/s | what limits at 1 Gbit/s |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var hosts in (int[])[0, 2, 4, 16, 64])
        {
            var (slow, _) = Time(commands.Length, hosts, mean, 100e6 / 8, serialSeconds, kbuildMilliseconds / 1000.0, processors);
            var (fast, limit) = Time(commands.Length, hosts, mean, 1e9 / 8, serialSeconds, kbuildMilliseconds / 1000.0, processors);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {hosts} | {slow:0} | {fast:0} | {limit} |"));
        }

        return 0;
    }

    /// <summary>Everything overlaps but the end, so the slowest of three resources decides. Local processors also compile where that is faster.</summary>
    private static (double Seconds, string Limit) Time(int objects, int hosts, Measured mean, double rate, double serial, double kbuild, int processors)
    {
        var best = (Seconds: double.MaxValue, Limit: "");
        // the share that goes out, in steps of one percent: a scheduler keeps all processors busy
        for (var percent = 0; percent <= (hosts == 0 ? 0 : 100); percent++)
        {
            var remote = objects * percent / 100.0;
            (double Seconds, string Limit)[] limits =
            [
                (((objects * kbuild) + (remote * mean.Rewrite) + ((objects - remote) * mean.Compile)) / processors, "this machine's processors"),
                (remote * (mean.Sent + mean.Received) / rate, "the line"),
                (hosts == 0 ? 0 : remote * mean.Compile / (hosts * Jobs), "the hosts"),
            ];
            var slowest = limits.MaxBy(limit => limit.Seconds);
            if (slowest.Seconds < best.Seconds)
            {
                best = slowest;
            }
        }

        return (best.Seconds + serial, best.Limit);
    }

    /// <summary>Seconds of processor, and bytes.</summary>
    private sealed record Measured(double Compile, double Rewrite, double Expand, double Sent, double Received)
    {
        public static Measured Of(string output, string command)
        {
            var folder = Directory.CreateTempSubdirectory("kernelbuild-farm-model-").FullName;
            try
            {
                var arguments = Dependencies().Replace(Result().Replace(command, " "), " ").Replace(" -c ", " ", StringComparison.Ordinal);
                var (rewritten, expanded, made) = (Path.Combine(folder, "r.c"), Path.Combine(folder, "e.c"), Path.Combine(folder, "o.o"));
                var compile = Seconds(output, $"clang {arguments} -c -o {made}");
                var rewrite = Seconds(output, $"clang {arguments} -E -frewrite-includes -o {rewritten}");
                var expand = Seconds(output, $"clang {arguments} -E -o {expanded}");
                using var compressor = new ZstdSharp.Compressor(1);
                return new(compile, rewrite, expand, compressor.Wrap(File.ReadAllBytes(rewritten)).Length, new FileInfo(made).Length);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        private static double Seconds(string output, string command)
        {
            // of children that have ended; .NET does not tell that of a process
            var start = new ProcessStartInfo("/bin/sh", ["-c", command + " && times"])
            {
                WorkingDirectory = output, RedirectStandardError = true, RedirectStandardOutput = true,
            };
            start.Environment["PATH"] = Path.Combine(Path.GetDirectoryName(output)!, "tools");
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var times = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? Minutes().Matches(times.TrimEnd().Split('\n')[^1])
                    .Sum(match => (60 * double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))
                        + double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))
                : throw new InvalidOperationException(errors.Result.Length > 2000 ? errors.Result[^2000..] : errors.Result);
        }
    }

    [GeneratedRegex(@"^(?:saved)?cmd_\S+ := (?:ccache )?clang (.*?\.c)(?:\s|;|$)")]
    private static partial Regex Command();

    [GeneratedRegex(@"(\d+)m([\d.]+)s")]
    private static partial Regex Minutes();

    [GeneratedRegex(@" -o \S+")]
    private static partial Regex Result();

    [GeneratedRegex(@"-Wp,-MM?D,\S+")]
    private static partial Regex Dependencies();
}
