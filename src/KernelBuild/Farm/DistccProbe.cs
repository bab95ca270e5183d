using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Farm;

/// <summary>Whether hosts have the compiler of the toolchain: each compiles a source, and the object is compared.</summary>
/// <param name="remote">distcc before the compiler, as make calls it.</param>
/// <param name="make">A program of the toolchain by its name.</param>
/// <param name="folder">For objects; removed again.</param>
internal sealed class DistccProbe(FarmCompiler compiler, Command remote, Func<string, Command> make, string folder, TimeSpan longest)
{
    /// <summary>The first page of an ELF file has its header and, as linkers lay it out, the note with its build ID.</summary>
    private const int Page = 4096;

    /// <returns>Each host, and why it cannot be used; null where it can.</returns>
    public async Task<ImmutableArray<(FarmHost Host, string? Why)>> RunAsync(IEnumerable<FarmHost> hosts, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "probe.c"), Source(), cancellationToken);
            string[] target = compiler.IsClang ? ["-target", compiler.Target!] : [];
            var local = make(Path.GetFileName(compiler.IsClang ? "clang" : compiler.Name)).WithArguments(target);
            await Compile(local, "here.o").RunAsync(cancellationToken);
            var expected = await File.ReadAllBytesAsync(Path.Combine(folder, "here.o"), cancellationToken);
            var answers = hosts.Select((host, index) => AskAsync(host, index, expected, cancellationToken));
            return [.. await Task.WhenAll(answers)];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<(FarmHost Host, string? Why)> AskAsync(FarmHost host, int index, byte[] expected, CancellationToken cancellationToken)
    {
        var name = index.ToString(CultureInfo.InvariantCulture);
        var state = Path.Combine(folder, "state" + name);
        Directory.CreateDirectory(state);
        var log = Path.Combine(folder, name + ".log");
        var command = Compile(remote, name + ".o").WithEnvironment("DISTCC_FALLBACK", "0") with { Timeout = longest };
        foreach (var (variable, value) in DistccFarm.Environment([host], state, log))
        {
            command = command.WithEnvironment(variable, value);
        }

        try
        {
            await command.RunAsync(cancellationToken);
            var made = await File.ReadAllBytesAsync(Path.Combine(folder, name + ".o"), cancellationToken);
            return (host, made.AsSpan().SequenceEqual(expected) ? null : "has another compiler: the object of a small source differs from the one made here");
        }
        catch (TimeoutException)
        {
            return (host, string.Create(CultureInfo.InvariantCulture, $"gave no answer within {longest.TotalSeconds:0} s"));
        }
        catch (DiagnosticException e) when (e.Diagnostics[0].Code == DiagnosticCodes.ToolFailed)
        {
            return (host, "does not compile a small source: " + (Reason(log) ?? (e.Diagnostics[0].Details is [.., var last] ? last : e.Diagnostics[0].Message)));
        }
    }

    /// <summary>The first error of distcc's log: those that follow come from it.</summary>
    private static string? Reason(string log) => File.Exists(log)
        ? File.ReadLines(log).FirstOrDefault(line => line.Contains("ERROR: ", StringComparison.Ordinal))?.Split("ERROR: ", 2)[1]
        : null;

    private Command Compile(Command call, string objectFile) => call.WithArguments("-O2", "-c", "-o", objectFile, "probe.c").In(folder);

    private string Source()
    {
        var text = new StringBuilder("int probe(int x) { int sum = 0; for (int i = 0; i < x; i++) sum += i * i % 7; return sum; }\n");
        foreach (var file in compiler.Files.Keys)
        {
            text.Append(
                CultureInfo.InvariantCulture, $"__asm__(\".pushsection .rodata\\n.incbin \\\"{file}\\\", 0, {Page}\\n.popsection\");\n");
        }

        return text.ToString();
    }
}
