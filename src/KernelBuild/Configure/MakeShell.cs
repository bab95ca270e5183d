using System.Collections.Immutable;
using System.Text;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;
using KernelBuild.Kconfig;
using KernelBuild.Toolchains;

namespace KernelBuild.Configure;

/// <summary>Answers Kconfig as conf is answered in this build: with make's environment, and the programs of the toolchain.</summary>
/// <param name="environment">All variables that conf sees.</param>
/// <param name="folder">Where conf runs.</param>
internal sealed class MakeShell(ImmutableSortedDictionary<string, string> environment, string folder) : IKconfigShell
{
    /// <summary>
    /// Asks conf itself: it reads one line of Kconfig that writes its environment to a file, and changes nothing. Without macros, before
    /// Linux 4.18, conf asks for nothing but a few variables.
    /// </summary>
    public static async Task<MakeShell> OfAsync(DeviceBuild device, Toolchain toolchain, CancellationToken cancellationToken)
    {
        var (kconfig, answer) = (Path.Combine(device.Folders.Work, "environment.kconfig"), Path.Combine(device.Folders.Work, "environment"));
        await File.WriteAllTextAsync(
            kconfig, $"config KERNELBUILD_ENVIRONMENT\n\tstring\n\tdefault \"$(shell,env -0 >{answer})\"\n", cancellationToken);
        File.Delete(answer);
        try
        {
            await Make.Command(device, toolchain, "listnewconfig", "KBUILD_KCONFIG=" + kconfig).RunAsync(cancellationToken);
        }
        catch (DiagnosticException)
        {
            // the reasons are then less exact; what is wrong is known already
        }

        var variables = File.Exists(answer)
            ? Encoding.UTF8.GetString(await File.ReadAllBytesAsync(answer, cancellationToken)).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            : [.. device.MakeEnvironment.Select(pair => $"{pair.Key}={pair.Value}"), .. device.MakeVariables];
        var environment = variables.Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0], StringComparer.Ordinal)
            .ToImmutableSortedDictionary(group => group.Key, group => group.Last()[1], StringComparer.Ordinal);
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("ARCH", device.Architecture), ("SRCARCH", device.Architecture), ("srctree", device.KernelRoot)])
        {
            environment = environment.ContainsKey(name) ? environment : environment.Add(name, value);
        }

        return new MakeShell(environment, device.Folders.Output);
    }

    public string? Variable(string name) => environment.GetValueOrDefault(name);

    /// <summary>Output in one line, whatever the exit code is.</summary>
    public string? Run(string command)
    {
        try
        {
            var shell = new Command("/bin/sh") { Environment = environment }.In(folder).WithArguments("-c", command + "\nexit 0\n");
            return string.Join(' ', shell.RunAsync(CancellationToken.None).GetAwaiter().GetResult().Output).TrimEnd();
        }
        catch (DiagnosticException)
        {
            return null;
        }
    }
}
