using KernelBuild.BuildConfigs;
using KernelBuild.Device;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Testing.Devices;
using KernelBuild.Toolchains;

namespace KernelBuild.Tests.BuildConfigs;

/// <summary>A checked out tree with build.config files, and bash to source them by the book.</summary>
internal sealed class BuildConfigTree : IDisposable
{
    public TestDevice Bench { get; } = new();

    public string Tree => Bench.Folders.Tree;

    public DeviceBuild Device(params string[] buildConfigs) =>
        Bench.Device("path:../../vendor") with { Defconfigs = [], BuildConfigs = [.. buildConfigs], Toolchain = new ToolchainRequest() };

    public BuildConfigTree Write(string relative, string content)
    {
        Bench.Files.Write(Path.Combine(Tree, relative), content);
        return this;
    }

    public async Task<SourcedBuildConfig> SourceAsync(DeviceBuild device) =>
        await new BuildConfigShell(device, await ToolsAsync(device)).SourceAsync(CancellationToken.None);

    public async Task<BuildConfigPlan> PlanAsync(DeviceBuild device) =>
        BuildConfigPlan.Of(device, await SourceAsync(device), Path.Exists);

    /// <summary>What bash exports, not through our code: the file sourced in an empty environment with all that AOSP's scripts
    /// set.</summary>
    /// <param name="kernelDir">KERNEL_DIR.</param>
    public async Task<IReadOnlyDictionary<string, string>> ByTheBookAsync(string file, string kernelDir)
    {
        var tools = await ToolsAsync(Device(file));
        const string Script = """
            function append_cmd() { if [ ! -z "${!1}" ]; then eval "$1=\"${!1} && \$2\""; else eval "$1=\"\$2\""; fi; }
            cd $ROOT_DIR; set -a; . $ROOT_DIR/$BUILD_CONFIG; set +a; env -0
            """;
        var output = Oracle.Output(
            "env",
            [
                "-i", "PATH=" + tools.Folder, "LC_ALL=C", "TZ=UTC", "ROOT_DIR=" + Tree, "KERNEL_DIR=" + kernelDir, "BUILD_CONFIG=" + file,
                "OUT_DIR=" + Bench.Folders.Output, "COMMON_OUT_DIR=" + Bench.Folders.Output, "bash", "-c", Script,
            ]);
        string[] ofShell = ["_", "SHLVL", "PWD", "OLDPWD"];
        return System.Text.Encoding.UTF8.GetString(output).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(entry => entry.Split('=', 2))
            .Where(entry => !ofShell.Contains(entry[0]) && !entry[0].StartsWith("BASH_FUNC_", StringComparison.Ordinal))
            .ToDictionary(entry => entry[0], entry => entry[1], StringComparer.Ordinal);
    }

    public void Dispose() => Bench.Dispose();

    /// <summary>The host's programs that are no compilers.</summary>
    public async Task<Toolchain> ToolsAsync(DeviceBuild device)
    {
        var plan = ToolchainPlan.For(device.Toolchain, KernelVersion.Default, []);
        plan = plan with { Tools = [.. plan.Tools.Where(tool => tool.Kind != ToolKind.Compiler && Toolchain.Find(tool,
            null) is not null)] };
        var tools = await Toolchain.ProbeAsync(plan, null, Bench.Cache, device.Folders.ScriptTools, CancellationToken.None);
        return tools.WithLinks([]);
    }
}
