using KernelBuild.Device;
using KernelBuild.Host.Processes;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>
/// The guide's page of this name: each of its commands is run, in its order, on a real machine with Linux' own drivers, and each line of output
/// that the page shows must be in what the command prints.
/// </summary>
[Collection(nameof(TheRealKernel))]
public sealed class FromASharedGroupToAGuest(RealKernelBuild build) : IDisposable
{
    /// <summary>On the machine with the vendor's kernel, which the page begins with, one command is refused.</summary>
    private const string Refused = "iommu guest 0000:0d:00.0 --capture board.capture";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [FactWith("ssh")]
    public async Task Every_command_of_the_page_does_what_it_says()
    {
        build.Result.ExitCode.ShouldBe(0);
        var steps = Steps();
        steps.Count.ShouldBeGreaterThan(10);
        _folder.Script("bin/kernelbuild", $"exec dotnet {CommandLineTool} \"$@\"");
        ARunningMachine? machine = null;
        try
        {
            foreach (var (command, shown) in steps)
            {
                var run = await RunAsync(command, machine?.Programs);
                run.ExitCode.ShouldBe(command.Contains(Refused, StringComparison.Ordinal) ? 1 : 0, $"{command}\n{run.Output}");
                foreach (var line in shown)
                {
                    run.Output.ShouldContain(line, customMessage: command);
                }

                // the vendor's kernel is there, and later the machine is restarted with the new one
                var next = command.EndsWith("--without-patches", StringComparison.Ordinal) ? "virt.without-patches"
                    : command.Contains("ProvePassthrough", StringComparison.Ordinal) ? "virt"
                    : null;
                if (next is not null)
                {
                    await (machine?.DisposeAsync() ?? ValueTask.CompletedTask);
                    machine = await ARunningMachine.StartAsync(
                        DeviceBuild.Load(new DeviceFolders(Repository.Root, next).DeviceFile), hasGuests: next == "virt",
                        TestContext.Current.CancellationToken);
                }
            }

            // the guest's own word on the card, and the machine's that it has it back
            machine.ShouldNotBeNull();
            (await machine.AskAsync("basename $(readlink /sys/bus/pci/devices/0000:0d:00.0/driver)", TestContext.Current.CancellationToken))
                .ShouldBe("e1000e");
        }
        finally
        {
            await (machine?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private static string CommandLineTool => Repository.PathOf(
        "src", "KernelBuild.Cli", "bin", Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!), "net10.0",
        "KernelBuild.Cli.dll");

    /// <summary>Commands with the lines that the page shows of their output.</summary>
    private static List<(string Command, List<string> Shown)> Steps()
    {
        var steps = new List<(string Command, List<string> Shown)>();
        var isBlock = false;
        foreach (var line in File.ReadLines(Repository.PathOf("docs", "guide", "from-a-shared-group-to-a-guest.md")))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                isBlock = !isBlock;
            }
            else if (isBlock && line.StartsWith("$ ", StringComparison.Ordinal))
            {
                steps.Add((line[2..], []));
            }
            else if (isBlock && line != "…")
            {
                steps[^1].Shown.Add(line);
            }
        }

        return steps;
    }

    private async Task<RunResult> RunAsync(string command, string? programs)
    {
        var isBuild = command.StartsWith("./nuke.sh ", StringComparison.Ordinal);
        var path = string.Join(':', [_folder["bin"], .. programs is null ? (string[])[] : [programs], Environment.GetEnvironmentVariable("PATH")!]);
        return await Repository.RunAsync(Command.WithFullEnvironment("sh")
            .WithArguments("-c", command)
            .WithEnvironment("PATH", path)
            .In(isBuild ? Repository.Root : _folder.Path));
    }
}
