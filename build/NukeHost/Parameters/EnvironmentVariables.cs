namespace Nuke.Common.Parameters;

/// <summary>Parameters that are set by environment variables.</summary>
internal static class EnvironmentVariables
{
    private const string Prefix = "NUKE_";

    /// <summary>
    /// The variable NUKE_NAME, else, for the build's own parameters, NAME; punctuation and case do not count. What every build
    /// has is read with the prefix only: TARGET, HOST and ROOT mean other things in many a toolchain's environment.
    /// </summary>
    /// <returns>Null where no such variable holds anything.</returns>
    public static RawValue? Find(Parameter parameter, IReadOnlyDictionary<string, string> environment)
    {
        RawValue? bare = null;
        foreach (var (name, value) in environment)
        {
            if (value.Length == 0)
            {
                continue;
            }

            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && parameter.IsNamed(name[Prefix.Length..]))
            {
                return Create(parameter, name, value);
            }

            if (parameter.Member is not null && parameter.IsNamed(name))
            {
                bare = Create(parameter, name, value);
            }
        }

        return bare;
    }

    private static RawValue Create(Parameter parameter, string name, string value)
    {
        IReadOnlyList<string> texts = parameter.Type.IsArray && parameter.Separator is null
            ? value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            : [value];
        return new RawValue(texts, $"environment variable {name}");
    }
}
