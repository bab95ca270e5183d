using System.CommandLine;
using System.Diagnostics;
using KernelBuild.Cli.Avb;
using KernelBuild.Cli.Boot;
using KernelBuild.Cli.DeviceTrees;
using KernelBuild.Cli.Dtbo;
using KernelBuild.Cli.Iommu;
using KernelBuild.Cli.Kernels;
using KernelBuild.Cli.Patches;
using KernelBuild.Cli.Source;

namespace KernelBuild.Cli.Tests;

public sealed class CommandLines
{
    [Theory]
    [InlineData("")]
    [InlineData("boot")]
    [InlineData("boot info")]
    [InlineData("boot info --nonsense")]
    [InlineData("nonsense")]
    [InlineData("boot nonsense")]
    public void A_wrong_command_line_is_exit_code_2_and_says_where_help_is(string line)
    {
        var run = CommandRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        run.Errors.ShouldContain("KB9010");
        run.Errors.ShouldContain("--help shows what it takes");
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("boot --help")]
    [InlineData("boot info --help")]
    public void Help_teaches_with_an_example(string line)
    {
        var run = CommandRun.Of(line.Split(' '));

        run.ExitCode.ShouldBe(0);
        run.Output.ShouldContain("kernelbuild boot info boot.img");
        run.Errors.ShouldBeEmpty();
    }

    [Fact]
    public void Every_command_is_found_under_the_name_that_it_is_made_for()
    {
        Command[] groups =
        [
            BootCommands.Create(default), AvbCommand.Create(default), DtboCommand.Create(default), PatchesCommand.Create(default),
            DeviceTreeCommands.Create(default), IommuCommands.Create(default), KernelCommands.Create(default),
            SourceCommands.Create(default),
        ];
        foreach (var (group, verb) in groups.SelectMany(group =>
            group.Subcommands.Where(verb => !verb.Hidden).Select(verb => (group, verb))))
        {
            var run = CommandRun.Of(group.Name, verb.Name, "--help");

            run.ExitCode.ShouldBe(0, $"{group.Name} {verb.Name}: {run.Errors}");
            run.Output.ShouldContain($"kernelbuild {group.Name} {verb.Name} ");
        }

        groups.Sum(group => group.Subcommands.Count).ShouldBeGreaterThan(40);
    }

    [Fact]
    public async Task A_full_disk_behind_standard_output_has_a_code()
    {
        var command = Path.Combine(AppContext.BaseDirectory, "KernelBuild.Cli.dll");
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", "exec dotnet \"$0\" boot --help > /dev/full", command])
        {
            RedirectStandardError = true,
        })!;
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        (process.ExitCode, errors).ShouldBe(
            (2, "error KB1012: the disk behind standard output is full\n  fix: make room, and run the command again\n"));
    }
}
