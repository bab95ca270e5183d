namespace KernelBuild.Testing;

public static class Requirement
{
    /// <summary>Why a test cannot run here, or null. A requirement is the name of a program, or of a file among the cases.</summary>
    public static string? Missing(string[] requirements)
    {
        foreach (var requirement in requirements)
        {
            if (requirement.EndsWith(".xz", StringComparison.Ordinal))
            {
                if (!File.Exists(Cases.PathOf(requirement)))
                {
                    return $"the case {requirement} is not beside the repository";
                }
            }
            else if (!Oracle.IsInstalled(requirement))
            {
                return $"the program {requirement} is not installed";
            }
        }

        return null;
    }
}
