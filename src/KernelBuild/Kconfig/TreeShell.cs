namespace KernelBuild.Kconfig;

/// <summary>Runs nothing: what the host would answer is not known, and the finished configuration says what came of it.</summary>
/// <param name="variables">make's environment, as far as it is known; ARCH and SRCARCH at least.</param>
public sealed class TreeShell(IReadOnlyDictionary<string, string> variables) : IKconfigShell
{
    /// <summary>For a tree that is only looked at.</summary>
    /// <param name="architecture">As the kernel's folder below arch/ is called.</param>
    public static TreeShell Of(string architecture) => new(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ARCH"] = architecture, ["SRCARCH"] = architecture, ["srctree"] = ".", ["KERNELVERSION"] = "",
    });

    public string? Variable(string name) => variables.GetValueOrDefault(name);

    public string? Run(string command) => null;
}
