using KernelBuild.Device;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Toolchains;

namespace KernelBuild.Testing.Devices;

/// <summary>A toolchain whose compilers are scripts that only say their name; make and the rest are the host's.</summary>
public static class FakeToolchain
{
    public static ToolchainRequest RequestIn(TestDevice bench) => new() { Clang = 19, Folder = bench["toolchain"] };

    /// <param name="wanted">Programs beyond those of every build.</param>
    public static async Task<Toolchain> MakeAsync(TestDevice bench, params string[] wanted)
    {
        var plan = ToolchainPlan.For(RequestIn(bench), new KernelVersion(6, 1), wanted);
        foreach (var tool in plan.Tools.Where(tool => tool.Kind == ToolKind.Compiler))
        {
            bench.Files.Script("toolchain/" + tool.Candidates[0], $"echo {tool.Name} version 1.0");
        }

        var toolchain = await Toolchain.ProbeAsync(
            plan, bench["toolchain"], bench.Cache, bench.Folders.Tools, CancellationToken.None);
        return toolchain.WithLinks([]);
    }
}
