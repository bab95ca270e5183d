namespace KernelBuild.Pipelines;

/// <summary>One job of a pipeline.</summary>
/// <param name="Device">The device it builds.</param>
/// <param name="Series">The series that it builds on the device's source; null for those of the device's project.</param>
internal sealed record PipelineCell(string Device, string? Series)
{
    /// <summary>Letters, digits, '.', '_' and '-'.</summary>
    public string Name => Series is null ? Device : $"{Device}.with.{Series}";

    /// <summary>Arguments of nuke.sh, without those of reports.</summary>
    public string Arguments(bool boot) => Series is null
        ? $"BuildKernel{(boot ? " BootTest" : "")} --device {Device}"
        : $"TestPatches --device {Device} --series {Series} --build{(boot ? " --boot" : "")}";
}
