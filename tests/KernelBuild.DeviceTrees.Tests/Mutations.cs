using System.Diagnostics;
using KernelBuild.Diagnostics;
using KernelBuild.Testing.DeviceTrees;

namespace KernelBuild.DeviceTrees.Tests;

/// <summary>A bounded part of `KernelBuild.Benchmarks -- mutations`, which runs a million.</summary>
public sealed class Mutations
{
    [FactWith("dtc")]
    public void Of_trees_and_overlays_end_in_a_record_or_a_coded_error()
    {
        var watch = Stopwatch.StartNew();
        var trees = new TreeMutations(
            [BoardSources.BoardTree, Flattened.Strange()], Dtc.CompileOverlay(BoardSources.Overlay), seed: 20240501);
        for (var round = 0; round < 20_000 && watch.Elapsed < TimeSpan.FromSeconds(10); round++)
        {
            trees.Step();
        }

        trees.Read.ShouldBeGreaterThan(100);
        trees.Refused.ShouldBeGreaterThan(100);
        trees.Codes.ShouldContain(DiagnosticCodes.DeviceTreeStructureInvalid);
        trees.Slowest.ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }
}
