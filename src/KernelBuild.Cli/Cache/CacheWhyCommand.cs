using System.CommandLine;
using KernelBuild.Caching;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Device;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.Cache;

/// <summary><c>kernelbuild cache why OBJECT…</c>.</summary>
internal static class CacheWhyCommand
{
    public static Command Create()
    {
        var objects = new Argument<string[]>("OBJECT") { Description = "As make names it: drivers/pci/probe.o", Arity = ArgumentArity.OneOrMore };
        var device = new Option<string>("--device") { Description = "The device, or the variant of one, below .work", Required = true };
        var root = new Option<string>("--root")
        {
            Description = "The folder that holds .work; the current one by default", DefaultValueFactory = _ => ".",
        };
        var json = new Option<bool>("--json") { Description = "Write one JSON document; its shape is in docs/guide/compile-cache.md" };
        var command = new Command(
            "why",
            "Says of each object whether the compiler cache had it in the last compilation and, where it had not, what differs from the call "
            + "before for that object: compiler, options, the source, or which include files.")
        {
            objects, device, root, json,
        };
        command.OnRun((result, output, errors) =>
        {
            var folders = new DeviceFolders(Path.GetFullPath(result.GetValue(root)!), result.GetValue(device)!);
            var calls = CompilerCalls.TryLoad(folders.CompilerCallsFile) ?? throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.CompilerCacheUnrecorded, $"nothing is recorded of the device '{result.GetValue(device)}' in {folders.Work}",
                $"./nuke.sh BuildKernel --device {result.GetValue(device)} compiles it, with the compiler cache"));
            var byName = calls.Calls.ToLookup(call => call.ObjectFile, StringComparer.Ordinal);
            var found = result.GetValue(objects)!.Select(name => byName[name].FirstOrDefault()).OfType<CompilerCall>().ToArray();
            var findings = result.GetValue(objects)!.Where(name => !byName.Contains(name)).Select(name => Unknown(name, calls)).ToArray();
            if (result.GetValue(json))
            {
                JsonOutput.Write(
                    output,
                    new CacheWhyReport([.. found.Select(call => new CacheAnswer(call.ObjectFile, call.Outcome, call.Reason, call.Details))])
                    {
                        Findings = [.. findings.Select(FindingInfo.From)],
                    },
                    CacheJson.Default.CacheWhyReport);
            }
            else
            {
                Array.ForEach(found, call => Write(call, output));
            }

            CommandFrame.Warn(findings, errors);
            return ExitCode.Of(findings);
        });
        return command;
    }

    private static void Write(CompilerCall call, TextWriter output)
    {
        output.WriteLine($"{Printable.Text(call.ObjectFile)}: {call.Outcome}{(call.Reason.Length > 0 ? ": " + call.Reason : "")}");
        foreach (var detail in call.Details)
        {
            output.WriteLine("  " + Printable.Text(detail));
        }
    }

    private static Diagnostic Unknown(string name, CompilerCalls calls)
    {
        var near = NearestName.Among(name, calls.Calls.Select(call => call.ObjectFile), 3).ToArray();
        return Diagnostic.Error(
            DiagnosticCodes.CompilerCacheUnrecorded, $"nothing is recorded of '{name}'",
            near.Length > 0 ? "did you mean " + string.Join(" or ", near) + "?" : "name it as make does: CC drivers/pci/probe.o");
    }
}
