using System.Globalization;
using KernelBuild.Benchmarks;

return args switch
{
    ["groups", ..] =>
        await Groups.RunAsync(
            Text("--boot-image"), Number("--count", 40), Number("--seed", 1), Number("--workers", Environment.ProcessorCount),
            Text("--kernel"), Text("--kind"), args.Contains("--explain")),
    ["mutations", "lspci", ..] => Mutations.Lspci(Number("--count", 1_000_000), Number("--seed", 1)),
    ["mutations", "iort", ..] => Mutations.Iort(Number("--count", 1_000_000), Number("--seed", 1)),
    ["mutations", "captures", ..] => Mutations.Captures(Number("--count", 1_000_000), Number("--seed", 1)),
    ["mutations", ..] => Mutations.Run(Number("--count", 1_000_000), Number("--seed", 1)),
    ["predict", "--functions", ..] => Predictions.RunOf(Number("--functions", 200), Number("--rounds", 1000)),
    ["predict", var capture, ..] => Predictions.Run(capture, Number("--rounds", 1000)),
    ["trees", ..] => Trees.Run(args.Contains("--compile")),
    ["staleness", ..] => await Staleness.RunAsync(Number("--steps", 1000), Number("--seed", 1)),
    ["patches", "compare", ..] => await PatchBenchmarks.CompareAsync(Number("--limit", 2000), Number("--seed", 1)),
    ["patches", "fuzz", ..] => PatchBenchmarks.Fuzz(Number("--count", 1_000_000), Number("--seed", 1)),
    ["patches", "cut", var folder, ..] => await PatchBenchmarks.CutAsync(folder, Number("--count", 445), Number("--largest", 300_000)),
    ["fuzz", ..] => Fuzz.Run(
        Number("--inputs", 10_000_000), Number("--seed", 1), Number("--threads", Environment.ProcessorCount), Text("--target")),
    ["flips", ..] => Flips.Run(Number("--count", 10_000), Number("--seed", 1)),
    ["archives", var archive, ..] => await ArchiveSpeed.RunAsync(archive, Number("--rounds", 3)),
    ["checkout", var archive, ..] => await CheckOutSpeed.RunAsync(archive, Number("--rounds", 3)),
    ["kernels", "fuzz", ..] => KernelFuzz.Run(Number("--count", 1_000_000), Number("--seed", 1)),
    ["kernels", "speed", var image, ..] => KernelSpeed.Run(image, Text("--command"), Number("--rounds", 10)),
    ["boot-speed", var command, ..] => BootSpeed.Run(command, Number("--rounds", 10)),
    ["farm", var output, ..] => FarmModel.Run(output, Number("--sample", 100), Number("--serial-seconds", 10), Number("--kbuild-milliseconds", 60), Number("--processors", Environment.ProcessorCount)),
    ["matrix", ..] => MatrixSimulation.Run(new MatrixSimulation.Assumptions(
        Number("--cells", 10_000), Number("--nodes", 1_000), Number("--devices", 40), Number("--stored", 0),
        Number("--full-seconds", 120), Number("--further-seconds", 20), Number("--fetch-seconds", 3), Number("--artifact-bytes", 3_000_000),
        Number("--store-milliseconds", 5), Number("--requests", 16), Number("--link-megabytes", 100) * 1e6, Number("--starts-per-second", 50))),
    _ => Usage(),
};

string? Text(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

int Number(string name, int otherwise) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length
    ? int.Parse(args[at + 1], CultureInfo.InvariantCulture)
    : otherwise;

static int Usage()
{
    Console.Error.WriteLine("""
        usage: staleness [--steps N] [--seed N]
               patches compare [--limit N] [--seed N] | patches fuzz [--count N] [--seed N] | patches cut FOLDER [--count N] [--largest BYTES]
               groups --boot-image FILE [--count N] [--seed N] [--workers N] [--kernel "Debian 6.12"] [--kind virtual|virtio] [--explain] | predict CAPTURE|--functions N [--rounds N] | trees [--compile] | mutations [captures|lspci|iort] [--count N] [--seed N]
               fuzz [--inputs N] [--seed N] [--threads N] [--target edits] | flips [--count N] [--seed N] | boot-speed KERNELBUILD [--rounds N]
               archives ARCHIVE [--rounds N] | checkout ARCHIVE [--rounds N]
               kernels fuzz [--count N] [--seed N] | kernels speed IMAGE [--command KERNELBUILD] [--rounds N]
               farm OUTPUT [--sample N] [--serial-seconds N] [--kbuild-milliseconds N] [--processors N]
               matrix [--cells N] [--nodes N] [--devices N] [--stored PERCENT] [--full-seconds N] [--further-seconds N] [--artifact-bytes N] …
        compare.sh beside this program compares whole builds with the same work by hand
        """);
    return 2;
}
