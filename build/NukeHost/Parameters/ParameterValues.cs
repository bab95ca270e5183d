using Nuke.Common.IO;

namespace Nuke.Common.Parameters;

/// <summary>What is set from outside, parsed.</summary>
internal sealed class ParameterValues
{
    private readonly Dictionary<Parameter, object> _values = [];

    private ParameterValues()
    {
    }

    /// <summary>Command line before environment before parameters.json.</summary>
    /// <exception cref="UsageException">Names every value that does not parse.</exception>
    public static ParameterValues Resolve(IReadOnlyList<Parameter> parameters, CommandLine commandLine, HostContext context, AbsolutePath root)
    {
        var file = ParametersFile.Read(root, parameters);
        var resolved = new ParameterValues();
        var errors = new List<UsageError>();
        foreach (var parameter in parameters)
        {
            var raw = commandLine.Options.GetValueOrDefault(parameter)
                ?? EnvironmentVariables.Find(parameter, context.Environment)
                ?? file.GetValueOrDefault(parameter);
            if (raw is not null && (raw.Texts.Count > 0 || parameter.Type.IsArray))
            {
                try
                {
                    resolved._values[parameter] = ValueParser.Parse(parameter, raw, context.WorkingDirectory);
                }
                catch (UsageException exception)
                {
                    errors.AddRange(exception.Errors);
                }
            }
        }

        return errors.Count == 0 ? resolved : throw new UsageException(errors);
    }

    /// <summary>The value; the default of its type where nobody set it.</summary>
    public T? Get<T>(Parameter parameter) => _values.TryGetValue(parameter, out var value) ? (T)value : default;

    public bool IsSet(Parameter parameter) => _values.ContainsKey(parameter);

    /// <summary>Gives the build's members the values that are set; the others keep what their initialisers say.</summary>
    public void Inject(NukeBuild build)
    {
        foreach (var (parameter, value) in _values)
        {
            if (parameter.Member is { } member)
            {
                OwnParameters.Set(build, member, value);
            }
        }
    }
}
