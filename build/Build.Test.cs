using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Prerequisites;
using KernelBuild.Host.Processes;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Toolchains;
using Nuke.Common;
using Nuke.Common.IO;
using Nuke.Common.Utilities.Collections;
using Serilog;
using HostPrerequisites = KernelBuild.Host.Prerequisites.Prerequisites;

internal sealed partial class Build
{
    private const int ClangOfTests = 19;

    /// <summary>Test projects whose subject runs processes, git or the pipeline as Linux does.</summary>
    private static readonly string[] OnlyOnLinux =
        ["KernelBuild.EndToEnd", "KernelBuild.Tests", "KernelBuild.Host.Tests", "KernelBuild.Git.Tests", "KernelBuild.Patches.Tests"];

    private AbsolutePath TestResults => RootDirectory / "artifacts" / "test-results";

    private Target Prerequisites => _ => _
        .Description("Finds the programs that building and testing need and the host lacks, and installs them")
        .Executes(() => RunAsync(EnsurePrerequisitesAsync));

    private Target Test => _ => _
        .Description("Runs all tests, including a build of the real kernel and its boot under QEMU")
        .Executes(() => RunAsync(async () =>
        {
            if (OperatingSystem.IsLinux())
            {
                await EnsurePrerequisitesAsync();
                await EnsureOrSkipAsync(HostPrerequisites.ForBrowserTests, "the tests in a browser");
                await EnsureOrSkipAsync(HostPrerequisites.ForClusterTests, "the tests with Slurm");
                await EnsureOrSkipAsync(HostPrerequisites.ForFarmTests, "the tests with compile farms");
                await FetchDebianKernelsAsync();
                await FetchNewerFastbootAsync();
                await FetchCiProgramsAsync();
            }

            TestResults.CreateOrCleanDirectory();
            var failed = false;
            foreach (var (project, filter) in TestRuns())
            {
                failed |= !await RunTestsAsync(project, filter);
            }

            var counts = TestCounts.Read(TestResults);
            // at the end, where the last screen of a log of thousands of tests shows them
            foreach (var (name, message) in TestCounts.Failures(TestResults))
            {
                Log.Error("Failed: {Test}\n{Message}", name, message);
            }

            Log.Information("{Counts}", counts.ToString());
            ReportSummary(_ => _
                .AddPair("Passed", counts.Passed.ToString())
                .AddPair("Failed", counts.Failed.ToString())
                .AddPair("Skipped", counts.Skipped.ToString()));
            Assert.True(!failed && counts.Failed == 0, $"{counts.Failed} test(s) failed, or a project does not compile");
            Assert.True(counts.Passed > 0, "no test ran");
        }));

    private IEnumerable<(string Project, string? Filter)> TestRuns()
    {
        if (Filter is not null)
        {
            yield return ("KernelBuild.sln", Filter);
        }
        else if (OperatingSystem.IsLinux())
        {
            // first, because other tests use the kernel tree that it builds
            yield return ("tests/KernelBuild.EndToEnd.Tests", null);
            yield return ("KernelBuild.sln", "FullyQualifiedName!~KernelBuild.EndToEnd");
        }
        else
        {
            yield return ("KernelBuild.sln", string.Join('&', OnlyOnLinux.Select(project => "FullyQualifiedName!~" + project)));
        }
    }

    /// <summary>In the configuration Debug, so that the analyzers run and the files of the running build are not overwritten.</summary>
    /// <returns>Whether everything compiled and no test failed.</returns>
    private async Task<bool> RunTestsAsync(string project, string? filter)
    {
        using var display = new ProgressDisplay();
        var test = Dotnet(
            "test", RootDirectory / project, "-c", "Debug", "-m:1", "-nodeReuse:false", "--nologo",
            "--blame-hang-timeout", "25m", "--logger", "trx", "--results-directory", TestResults) with
        {
            OnOutput = display.Line,
            OnError = display.Line,
        };
        if (Exhaustive)
        {
            test = test.WithEnvironment("KERNELBUILD_EXHAUSTIVE", "1");
        }

        if (filter is not null)
        {
            test = test.WithArguments("--filter", filter);
        }

        return (await test.RunAsync(_interrupted.Token)).ExitCode == 0;
    }

    private async Task EnsurePrerequisitesAsync()
    {
        using var display = new ProgressDisplay();
        var toolchain = ToolchainPlan.For(new ToolchainRequest { Clang = ClangOfTests }, KernelVersion.Default, []);
        await HostPrerequisites.EnsureAsync(
            [
                .. HostPrerequisites.ForBuild, .. Toolchain.PrerequisitesOf(toolchain, null),
                .. HostPrerequisites.ForBootTest, .. HostPrerequisites.ForDevice, .. HostPrerequisites.ForTests,
            ],
            Options, display, _interrupted.Token);
    }

    private async Task EnsureOrSkipAsync(IReadOnlyList<Prerequisite> wanted, string tests)
    {
        using var display = new ProgressDisplay();
        try
        {
            await HostPrerequisites.EnsureAsync(wanted, Options, display, _interrupted.Token);
        }
        catch (DiagnosticException e)
        {
            Log.Warning("{Tests} are skipped: {Why}", tests, e.Message);
        }
    }

    /// <summary>Kernels and device trees that tests compare with. Without them those tests are skipped.</summary>
    private async Task FetchDebianKernelsAsync()
    {
        using var display = new ProgressDisplay();
        var fetch = Command.WithFullEnvironment(RootDirectory / "tests" / "fetch-debian-kernels.sh").WithArguments(Exhaustive ? ["--sources"] : []) with
        {
            AnswerCodes = [.. Enumerable.Range(1, 255)],
            OnOutput = display.Line,
            OnError = display.Line,
        };
        if ((await fetch.RunAsync(_interrupted.Token)).ExitCode != 0)
        {
            Log.Warning("Debian's arm64 kernels were not fetched: the tests that compare with them are skipped");
        }
    }

    /// <summary>A fastboot with the command fetch. Without it the tests of it are skipped.</summary>
    private async Task FetchNewerFastbootAsync()
    {
        using var display = new ProgressDisplay();
        var fetch = Command.WithFullEnvironment(RootDirectory / "tests" / "fetch-debian-fastboot.sh") with
        {
            AnswerCodes = [.. Enumerable.Range(1, 255)],
            OnOutput = display.Line,
            OnError = display.Line,
        };
        if ((await fetch.RunAsync(_interrupted.Token)).ExitCode != 0)
        {
            Log.Warning("Debian's newer fastboot was not fetched: the tests of its command fetch are skipped");
        }
    }

    /// <summary>What CI services read files with. Without it those tests are skipped.</summary>
    private async Task FetchCiProgramsAsync()
    {
        using var display = new ProgressDisplay();
        var fetch = Command.WithFullEnvironment(RootDirectory / "tests" / "fetch-ci-programs.sh") with
        {
            AnswerCodes = [.. Enumerable.Range(1, 255)],
            OnOutput = display.Line,
            OnError = display.Line,
        };
        if ((await fetch.RunAsync(_interrupted.Token)).ExitCode != 0)
        {
            Log.Warning("the programs of CI services were not fetched: the tests that ask them are skipped");
        }
    }

    /// <summary>The command of the .NET SDK, with the environment of this process.</summary>
    private static Command Dotnet(params string[] arguments) => Command.WithFullEnvironment("dotnet").WithArguments(arguments) with
    {
        AnswerCodes = [.. Enumerable.Range(1, 255)],
    };
}
