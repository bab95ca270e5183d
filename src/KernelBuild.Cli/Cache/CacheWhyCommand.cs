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
        var command = new Command(
            "why",
            "Says of each object whether the compiler cache had it in the last compilation and, where it had not, what differs from the call "
            + "before for that object: compiler, options, the source, or which include files.")
        {
            objects, device, root,
        };
        command.OnRun((result, output, errors) =>
        {
            var folders = new DeviceFolders(Path.GetFullPath(result.GetValue(root)!), result.GetValue(device)!);
            var calls = CompilerCalls.TryLoad(folders.CompilerCallsFile) ?? throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.CompilerCacheUnrecorded, $"nothing is recorded of the device '{result.GetValue(device)}' in {folders.Work}",
                $"./nuke.sh BuildKernel --device {result.GetValue(device)} compiles it, with the compiler cache"));
            var findings = new List<Diagnostic>();
            foreach (var name in result.GetValue(objects)!)
            {
                if (calls.Calls.FirstOrDefault(call => call.ObjectFile == name) is { } call)
                {
                    Write(call, output);
                }
                else
                {
                    findings.Add(Unknown(name, calls));
                }
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
