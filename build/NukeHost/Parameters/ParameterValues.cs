using Nuke.Common.IO;

namespace Nuke.Common.Parameters;

/// <summary>The values that the user set.</summary>
internal sealed class ParameterValues
{
    private readonly Dictionary<Parameter, object> _values = [];

    private ParameterValues()
    {
    }

    /// <summary>Takes each value from the command line, else from the environment, else from parameters.json.</summary>
    /// <exception cref="UsageException">Names every value that does not parse.</exception>
    public static ParameterValues Resolve(
        IReadOnlyList<Parameter> parameters, CommandLine commandLine, IReadOnlyDictionary<string, string> environment, AbsolutePath root)
    {
        var file = ParametersFile.Read(root, parameters);
        var resolved = new ParameterValues();
        var errors = new List<UsageError>();
        foreach (var parameter in parameters)
        {
            var raw = commandLine.Options.GetValueOrDefault(parameter)
                ?? EnvironmentVariables.Find(parameter, environment)
                ?? file.GetValueOrDefault(parameter);
            try
            {
                if (raw is not null)
                {
                    resolved._values[parameter] = raw.Parse(parameter);
                }
            }
            catch (UsageException exception)
            {
                errors.AddRange(exception.Errors);
            }
        }

        return errors.Count == 0 ? resolved : throw new UsageException(errors);
    }

    /// <summary>The value, or the fallback if the user did not set one.</summary>
    public T Get<T>(Parameter parameter, T fallback) => _values.TryGetValue(parameter, out var value) ? (T)value : fallback;

    /// <summary>Sets the fields of the build. A field without a value keeps its initial one.</summary>
    public void Inject(NukeBuild build)
    {
        foreach (var (parameter, value) in _values)
        {
            parameter.Field?.SetValue(build, value);
        }
    }
}
