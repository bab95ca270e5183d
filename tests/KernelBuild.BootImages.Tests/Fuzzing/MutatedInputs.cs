using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests.Fuzzing;

/// <summary>
/// Half a minute of what <c>dotnet run --project tests/KernelBuild.Benchmarks -- fuzz</c> does for hours: whatever is thrown at a reader,
/// it answers with a record or with coded findings, in time and in bounded memory.
/// </summary>
public sealed class MutatedInputs
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Targets() => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Are_answered_with_coded_findings(string name)
    {
        var fuzzer = new Fuzzer(FuzzTargets.All.Single(target => target.Name == name), seed: 20240501);

        fuzzer.Run(100_000, Budget / FuzzTargets.All.Count);

        fuzzer.Defect.ShouldBeNull();
        // bzip2 takes tables of megabytes for the smallest stream
        fuzzer.Inputs.ShouldBeGreaterThan(20);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_seeds_themselves_are_read(string name)
    {
        var target = FuzzTargets.All.Single(target => target.Name == name);

        target.Seeds.SelectMany(target.Read).Where(f => f.Severity == Diagnostics.DiagnosticSeverity.Error).ShouldBeEmpty();
    }
}
