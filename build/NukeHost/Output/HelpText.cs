using System.Text;
using Nuke.Common.Execution;
using Nuke.Common.Parameters;

namespace Nuke.Common.Output;

/// <summary>What <c>--help</c> shows.</summary>
internal static class HelpText
{
    private const int Width = 88;

    /// <summary>Targets in the order of declaration, then the build's own parameters, then those that every build has.</summary>
    public static string Render(IReadOnlyList<ExecutableTarget> targets, IReadOnlyList<Parameter> own, IReadOnlyList<Parameter> builtIn)
    {
        var text = new StringBuilder("Targets (with their direct dependencies):\n\n");
        var names = targets.ToDictionary(target => target, target => target.IsDefault ? target.Name + " (default)" : target.Name);
        var column = names.Values.Max(name => Math.Max(20, name.Length));
        foreach (var (target, name) in names)
        {
            var dependencies = string.Join(", ", target.ExecutionDependencies.Select(dependency => dependency.Name));
            text.Append("  ").Append(dependencies.Length == 0 ? name : $"{name.PadRight(column)} -> {dependencies}").Append('\n');
            if (target.DescriptionText is { Length: > 0 } description)
            {
                Wrap(text, "    ", description.TrimEnd('.') + ".");
            }
        }

        text.Append("\nParameters:\n");
        var defaults = string.Join(' ', targets.Where(target => target.IsDefault).Select(target => target.Name));
        var width = own.Concat(builtIn).Max(parameter => parameter.OptionName.Length);
        foreach (var group in (IEnumerable<IReadOnlyList<Parameter>>)[own, builtIn])
        {
            text.Append('\n');
            foreach (var parameter in group)
            {
                var description = parameter.Description.Length == 0 ? "<no description>" : parameter.Description + ".";
                Wrap(
                    text,
                    $"  --{parameter.OptionName.PadRight(width)}   ",
                    description.Replace("{default_target}", defaults, StringComparison.Ordinal));
            }
        }

        return text.ToString().TrimEnd('\n');
    }

    /// <summary>Appends the words behind the first text, in lines that are indented like them.</summary>
    private static void Wrap(StringBuilder text, string first, string words)
    {
        var indent = new string(' ', first.Length);
        var line = first;
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > indent.Length && line.Length + 1 + word.Length > Width)
            {
                text.Append(line).Append('\n');
                line = indent;
            }

            line += (line.Length > indent.Length ? " " : "") + word;
        }

        text.Append(line).Append('\n');
    }
}
