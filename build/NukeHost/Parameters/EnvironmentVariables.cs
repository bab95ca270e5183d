namespace Nuke.Common.Parameters;

/// <summary>Reads parameters from environment variables.</summary>
internal static class EnvironmentVariables
{
    private const string Prefix = "NUKE_";

    /// <summary>
    /// The variable NUKE_NAME; else, for the build's own parameters, NAME. Case and punctuation are ignored. The parameters that
    /// every build has need the prefix, because other tools use variables such as TARGET and ROOT.
    /// </summary>
    /// <returns>Null if there is no such variable, or if it is empty.</returns>
    public static RawValue? Find(Parameter parameter, IReadOnlyDictionary<string, string> environment)
    {
        var name = environment.Keys.FirstOrDefault(name => IsSet(name)
                && name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && parameter.IsNamed(name[Prefix.Length..]))
            ?? (parameter.Field is null ? null : environment.Keys.FirstOrDefault(name => IsSet(name) && parameter.IsNamed(name)));
        if (name is null)
        {
            return null;
        }

        var value = environment[name];
        return new RawValue(
            parameter.IsArray ? value.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [value], $"environment variable {name}");

        bool IsSet(string name) => environment[name].Length > 0;
    }
}
