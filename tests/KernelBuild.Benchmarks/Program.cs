using System.Globalization;
using KernelBuild.Benchmarks;

return args switch
{
    ["groups", ..] => await Groups.RunAsync(Text("--boot-image"), Number("--count", 40), Number("--seed", 1)),
    ["mutations", ..] => Mutations.Run(Number("--count", 1_000_000), Number("--seed", 1)),
    ["trees", ..] => Trees.Run(args.Contains("--compile")),
    ["staleness", ..] => await Staleness.RunAsync(Number("--steps", 1000), Number("--seed", 1)),
    _ => Usage(),
};

string? Text(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

int Number(string name, int otherwise) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length
    ? int.Parse(args[at + 1], CultureInfo.InvariantCulture)
    : otherwise;

static int Usage()
{
    Console.Error.WriteLine("usage: groups --boot-image FILE [--count N] [--seed N] | staleness [--steps N] [--seed N] | trees [--compile] | mutations [--count N] [--seed N]; compare.sh beside this program compares whole builds with the same work by hand");
    return 2;
}
