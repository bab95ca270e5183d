namespace KernelBuild.Cli.Iommu;

/// <summary>An explanation for people.</summary>
internal static class ExplainText
{
    public static void Write(DeviceInfo device, TextWriter output)
    {
        output.WriteLine($"{device.Device}: "
            + $"{(device.Group is { } group ? $"group {group}" : device.IsUnknown ? "group unknown" : "no group")}");
        if (device.Name.Length > 0)
        {
            output.WriteLine($"  device    {device.Name}");
        }

        output.WriteLine($"  rule      {device.RuleName}: {device.Reason}");
        output.WriteLine($"  kernel    {device.KernelFunction}");
        foreach (var evidence in device.Evidence)
        {
            output.WriteLine($"  evidence  {evidence}");
        }

        if (device.Group is null)
        {
            return;
        }

        output.WriteLine($"  with      {(device.With.Count == 0 ? "no other device" : string.Join(' ', device.With))}");
        foreach (var member in device.Members)
        {
            output.WriteLine($"  because   {member.Reason}");
        }

        output.WriteLine(
            $"  VFIO      "
            + $"{VfioAnswer(device.Viable)}"
            + $"{(device.Blockers.Count == 0 ? "" : "; to be unbound first: " + string.Join(", ", device.Blockers))}");
        foreach (var warning in device.Warnings)
        {
            output.WriteLine($"  warning   {warning}");
        }
    }

    private static string VfioAnswer(bool? isViable) => isViable switch
    {
        null => "may accept the group or not",
        true => "accepts the group",
        false => "does not accept the group",
    };
}
