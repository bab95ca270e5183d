using KernelBuild.Testing.Phones;

namespace KernelBuild.Testing;

public static class Requirement
{
    /// <summary>Why a test cannot run here, or null. A requirement is the name of a program, of a file among the cases, or "npm:" and a package.</summary>
    public static string? Missing(string[] requirements)
    {
        foreach (var requirement in requirements)
        {
            if (requirement.StartsWith(CiPrograms.Prefix, StringComparison.Ordinal))
            {
                if (!Directory.Exists(CiPrograms.PathOf(requirement[CiPrograms.Prefix.Length..])))
                {
                    return $"{requirement} is not there: tests/fetch-ci-programs.sh";
                }
            }
            else if (requirement == NewerFastboot.Name)
            {
                if (!NewerFastboot.IsThere)
                {
                    return $"{requirement} is not there: tests/fetch-debian-fastboot.sh";
                }
            }
            else if (requirement.EndsWith(".xz", StringComparison.Ordinal))
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
