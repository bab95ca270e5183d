using System.Globalization;

namespace KernelBuild.Farm;

/// <summary>A machine that compiles for others.</summary>
/// <param name="Name">What people call it; its address where it has no other name.</param>
/// <param name="Address">HOST or HOST:PORT, as the farm's client names it in its log.</param>
/// <param name="Jobs">How many calls of the compiler it takes at once.</param>
public sealed record FarmHost(string Name, string Address, int Jobs)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} ({Jobs})");
}
