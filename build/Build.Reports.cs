using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using Nuke.Common;
using Nuke.Common.Execution;

internal sealed partial class Build
{
    [Parameter("Also write the findings of all targets as SARIF 2.1.0 to this file")]
    private readonly string? Sarif;

    [Parameter("Also write a JUnit XML file, a case for each target and each stage of a build")]
    private readonly string? Junit;

    private readonly DateTimeOffset _began = DateTimeOffset.UtcNow;

    private void WriteReports()
    {
        if (Sarif is not null)
        {
            using var stream = new MemoryStream();
            SarifReport.Write(stream, new SarifRun([.. Findings.All.Select(one => one.Finding)], RootDirectory, SubjectFile)
            {
                Began = _began,
                Ended = DateTimeOffset.UtcNow,
                Pages = new CodePages(RootDirectory, Environment.GetEnvironmentVariable),
                Category = RunName,
            });
            AtomicFile.Write(Path.GetFullPath(Sarif), stream.ToArray());
        }

        if (Junit is not null)
        {
            using var stream = new MemoryStream();
            JUnitReport.Write(stream, [new JUnitSuite(RunName, [.. ExecutionPlan.SelectMany(CasesOf)]) { Began = _began }]);
            AtomicFile.Write(Path.GetFullPath(Junit), stream.ToArray());
        }
    }

    /// <summary>The targets that the run was for, and the devices: "BuildKernel virt".</summary>
    private string RunName => string.Join(
        ' ', ExecutionPlan.Select(target => target.Name).Concat(Device ?? []).Concat(WithoutPatches ? ["without patches"] : []));

    /// <summary>What a finding without a file is about.</summary>
    private string SubjectFile
    {
        get
        {
            var name = (Device ?? []).Intersect(new DeviceCatalog(RootDirectory).Names).FirstOrDefault();
            return name is null ? RootDirectory / ".nuke" / "parameters.json" : new DeviceCatalog(RootDirectory).Find(name);
        }
    }

    private static IEnumerable<JUnitCase> CasesOf(ExecutableTarget target)
    {
        var findings = Findings.All.ToLookup(one => one.Step, one => one.Finding);
        var stages = Blocks.Ended[target.Name].ToArray();
        foreach (var (stage, duration) in stages)
        {
            var name = $"{target.Name}: {stage}";
            yield return JUnitCase.Of(name, findings[name]) with { Duration = duration };
        }

        var own = JUnitCase.Of(target.Name, findings[target.Name]);
        yield return target.Status switch
        {
            ExecutionStatus.Succeeded => own,
            ExecutionStatus.Skipped or ExecutionStatus.NotRun or ExecutionStatus.Scheduled => own with { Skipped = true },
            _ => own.Failure is null ? own with { Type = $"{target.Status}", Failure = $"{target.Name}: {target.Status}" } : own,
        } with { Duration = target.Duration };
    }
}
