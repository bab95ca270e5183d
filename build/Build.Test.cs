using KernelBuild.Tools;
using Nuke.Common;
using Nuke.Common.IO;
using Nuke.Common.Utilities.Collections;
using Serilog;
using HostPrerequisites = KernelBuild.Devices.Prerequisites;

internal sealed partial class Build
{
    private const int ClangOfTests = 19;

    private AbsolutePath TestResults => RootDirectory / "artifacts" / "test-results";

    private Target Prerequisites => _ => _
        .Description("Finds out what the host lacks for everything this build does, and installs it where it may")
        .Executes(() => Run(EnsurePrerequisitesAsync));

    private Target Test => _ => _
        .Description("Runs all tests, the real kernel and the QEMU boot included")
        .Executes(() => Run(async () =>
        {
            await EnsurePrerequisitesAsync();
            using var display = new ProgressDisplay();
            TestResults.CreateOrCleanDirectory();
            var test = Dotnet("test", RootDirectory / "KernelBuild.sln", "-c", "Release", "-m:1", "-nodeReuse:false", "--nologo",
                "--logger", "trx", "--results-directory", TestResults);
            if (Filter is not null)
            {
                test = test.WithArguments("--filter", Filter);
            }

            var result = await (test with { OnOutput = display.Line, OnError = display.Line }).RunAsync(_interrupted.Token);
            var counts = TestCounts.Read(TestResults);
            Log.Information("{Counts}", counts.ToString());
            ReportSummary(_ => _
                .AddPair("Passed", counts.Passed.ToString())
                .AddPair("Failed", counts.Failed.ToString())
                .AddPair("Skipped", counts.Skipped.ToString()));
            Assert.True(result.ExitCode == 0 && counts.Failed == 0, $"{counts.Failed} test(s) failed");
            Assert.True(counts.Passed > 0, "no test ran");
        }));

    private async Task EnsurePrerequisitesAsync()
    {
        using var display = new ProgressDisplay();
        await HostPrerequisites.EnsureAsync(
            [.. HostPrerequisites.ForBuild(ClangOfTests), .. HostPrerequisites.ForBootTest, .. HostPrerequisites.ForTests],
            Options, display, _interrupted.Token);
    }

    /// <summary>The .NET SDK's command, with this build's whole environment.</summary>
    private static Command Dotnet(params string[] arguments) => Command.WithFullEnvironment("dotnet").WithArguments(arguments) with
    {
        AnswerCodes = [.. Enumerable.Range(1, 255)],
    };
}
