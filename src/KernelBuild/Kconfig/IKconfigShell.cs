namespace KernelBuild.Kconfig;

/// <summary>What Kconfig asks of the host.</summary>
public interface IKconfigShell
{
    /// <summary>A variable of make's environment; null when it is not set.</summary>
    string? Variable(string name);

    /// <summary>What a command prints, line breaks as blanks; null when it cannot be asked, so that what depends on it is not known.</summary>
    string? Run(string command);
}
