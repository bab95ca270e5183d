namespace KernelBuild.Flashing;

/// <summary>A line of <c>adb devices</c>.</summary>
/// <param name="State">device, recovery, unauthorized, offline, sideload, …</param>
public sealed record AdbDevice(string Serial, string State)
{
    /// <summary>Whether it runs a shell.</summary>
    public bool HasShell => State is "device" or "recovery" or "rescue";
}
