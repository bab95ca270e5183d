using System.Runtime.InteropServices;
using KernelBuild.Device;
using KernelBuild.Host.Processes;
using Nuke.Common;
using Nuke.Common.IO;
using Serilog;

internal sealed partial class Build
{
    private static readonly string[] _packedProjects =
    [
        "KernelBuild.Diagnostics", "KernelBuild.Compression", "KernelBuild.DeviceTrees", "KernelBuild.Host", "KernelBuild.BootImages",
        "KernelBuild.KernelImages", "KernelBuild.Iommu", "KernelBuild.Git", "KernelBuild.Patches", "KernelBuild", "KernelBuild.Sdk",
        "KernelBuild.Cli",
    ];

    private AbsolutePath ToolFolder => RootDirectory / "artifacts" / "tool";

    private AbsolutePath Packages => RootDirectory / "artifacts" / "packages";

    private Target Tool => _ => _
        .Description("Publishes the command-line tool for analysis: artifacts/tool/kernelbuild")
        .Executes(() => RunAsync(async () =>
        {
            ToolFolder.CreateOrCleanDirectory();
            if (await WhyNotNativeAsync() is { } reason)
            {
                Log.Warning("{Reason}: publishing a tool that the .NET runtime starts", reason);
                ToolFolder.CreateOrCleanDirectory();
                await RunDotnetAsync([.. PublishTool, "--self-contained", "false", "-p:PublishReadyToRun=true"]);
            }

            Log.Information("{Tool}", ToolFolder / "kernelbuild");
        }));

    private string[] PublishTool =>
    [
        "publish", BuildProjectDirectory!.Parent! / "src" / "KernelBuild.Cli" / "KernelBuild.Cli.csproj",
        "-c", "Release", "-nodeReuse:false", "--nologo", "-v:q", "-r", RuntimeInformation.RuntimeIdentifier,
        "-p:RunAnalyzers=false", "-p:GenerateDocumentationFile=false", "-o", ToolFolder,
    ];

    /// <summary>One file of machine code, which starts in a fifth of the time (12 against 66 ms), where a C compiler links it.</summary>
    /// <returns>Why there is none; null when it is there.</returns>
    private async Task<string?> WhyNotNativeAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "the tool is compiled to machine code on Linux only";
        }

        if (!((string[])["clang", "gcc"]).Any(compiler => ProgramPath.Find(compiler, null) is not null))
        {
            return "neither clang nor gcc is there to link machine code";
        }

        using var display = new ProgressDisplay();
        string? firstError = null;
        void Line(string line)
        {
            firstError ??= line.Contains("error", StringComparison.Ordinal) ? line.Trim() : null;
            display.Line(line);
        }

        var publish = Dotnet(
            [.. PublishTool, "-p:PublishAot=true", "-p:DebugType=none", "-p:CopyOutputSymbolsToPublishDirectory=false"]) with
        {
            OnOutput = Line,
            OnError = display.Line,
        };
        if ((await publish.RunAsync(_interrupted.Token)).ExitCode != 0)
        {
            return $"the tool cannot be compiled to machine code here ({firstError ?? "see above"})";
        }

        // named like this last, as in the project: an assembly of that name would differ from the library's by letter case alone
        if (File.Exists(ToolFolder / "KernelBuild.Cli"))
        {
            File.Move(ToolFolder / "KernelBuild.Cli", ToolFolder / "kernelbuild", overwrite: true);
        }

        return null;
    }

    private Target Pack => _ => _
        .Description("Packs the SDK, the libraries and the tool as NuGet packages: artifacts/packages")
        .Executes(() => RunAsync(async () =>
        {
            Packages.CreateOrCleanDirectory();
            foreach (var project in _packedProjects)
            {
                await RunDotnetAsync(
                    "pack", RootDirectory / "src" / project / (project + ".csproj"),
                    "-c", "Release", "-nodeReuse:false", "--nologo", "-v:q", "-p:RunAnalyzers=false", "-o", Packages);
            }

            Log.Information("{Packages}", Packages);
        }));

    private Target Clean => _ => _
        .Description("Deletes .work/ and artifacts/, but not the user's cache or rescued edits")
        .Before(BuildKernel, Tool, Pack, Test)
        .Executes(() => RunAsync(() =>
        {
            foreach (var folders in DeviceFolders.All(RootDirectory))
            {
                folders.Clean();
            }

            (RootDirectory / "artifacts").DeleteDirectory();
            return Task.CompletedTask;
        }));

    private async Task RunDotnetAsync(params string[] arguments)
    {
        using var display = new ProgressDisplay();
        var command = Dotnet(arguments) with { OnOutput = display.Line, OnError = display.Line };
        var result = await command.RunAsync(_interrupted.Token);
        Assert.True(result.ExitCode == 0, $"dotnet {arguments[0]} failed");
    }
}
